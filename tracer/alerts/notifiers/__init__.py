"""The notifiers, one module for each type. `make` makes those that the configuration names.

Each tells one receiver and knows nothing of retries: it says NotDelivered where another try may succeed, Undeliverable
where none will, and returns when the receiver has taken the notice. What it sends is made by pure functions.
"""
