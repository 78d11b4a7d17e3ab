from collectors.dialects.confluent.circuit import Circuit


def test_a_pause_doubles_and_ends_with_success() -> None:
    """After each failure in a row the pause is twice as long, at most 30 s; a success forgets them."""
    now_s = [0.0]
    circuit = Circuit(lambda: now_s[0])
    pauses_s = []
    for _ in range(7):
        circuit.failed("away")
        began_s = now_s[0]
        while circuit.open:
            now_s[0] += 0.5
        pauses_s.append(now_s[0] - began_s)
    circuit.succeeded()

    assert [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] == pauses_s
    assert (True, False, "") == (circuit.closed, circuit.open, circuit.trouble())


def test_trouble_says_when_the_next_try_is() -> None:
    """The line counts down, and says what happens when the pause is over."""
    now_s = [10.0]
    circuit = Circuit(lambda: now_s[0])
    circuit.failed("away")
    circuit.failed("away")
    first = circuit.trouble()
    now_s[0] = 13.0

    assert "away; it is asked again in 2 s" == first
    assert "away; it is asked again with the next message that needs it" == circuit.trouble()
