-- The steps that a person should see, with their states.
CREATE OR REPLACE TEMP TABLE state_now AS {{step_states}}
