"""Alerts: rules watch what is wrong, and tell it once for each thing, with the answer inside.

The watch asks at each tick what each rule finds. What it finds is grouped, and each group is one alert, whose
lifecycle (pending, firing, resolved) is a pure function of what was found and of the time. A change of an alert, its
line in the audit trail and the notices that follow from it are one commit, so a crash at any instant loses no notice.
A notice is sent until it is delivered or given up, and keeps its id in every try, so that a receiver can tell another
try from another notice. Nothing here delays what comes in, and one notifier never delays another.
"""
