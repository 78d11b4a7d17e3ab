import pytest

from tracer.demo.faults import BLOCK, FAULTS, ORDER, Plan, faults, number_of

IDS = {ORDER: "ORD-2026-{}", "money-transfer": "TRF-{}"}


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.per_hundred < BLOCK], ids=lambda fault: fault.name
)
@pytest.mark.parametrize("block", [0, 1041])
def test_share(fault, block):
    """Of every hundred consecutive transactions, exactly as many meet a fault as the table says."""
    plan = Plan(7)
    met = [plan.fault(IDS[fault.saga].format(block * BLOCK + slot)) for slot in range(BLOCK)]

    assert fault.per_hundred == met.count(fault.name)


@pytest.mark.parametrize("fault", faults(kafka=True), ids=lambda fault: fault.name)
def test_share_over_kafka(fault):
    """Over Kafka, too, exactly as many meet a fault as the table says; those of the demo's own broker stay."""
    plan = Plan(7, kafka=True)
    met = [plan.fault(IDS[fault.saga].format(1041 * BLOCK + slot)) for slot in range(BLOCK)]

    assert (0 if fault.per_hundred == BLOCK else fault.per_hundred) == met.count(fault.name)


def test_each_name_is_in_the_table_once():
    """What Kafka tells otherwise replaces what the demo's own broker does, under the same name."""
    names = [fault.name for fault in faults(kafka=True)]

    assert sorted(set(names)) == sorted(names)
    assert {fault.name for fault in FAULTS} < set(names)


def test_fate_depends_on_seed_and_number_alone():
    """Two plans of one seed agree on every transaction, and those of two seeds do not."""
    ids = [IDS[ORDER].format(number) for number in range(500)]
    first, second, other = ([Plan(seed).fault(each) for each in ids] for seed in (7, 7, 8))

    assert first == second
    assert first != other


def test_luck_repeats():
    """The dice of one part of a transaction fall the same way whenever they are thrown."""
    assert Plan(1).luck("TRF-1", "debit").random() == Plan(1).luck("TRF-1", "debit").random()
    assert Plan(1).luck("TRF-1", "debit").random() != Plan(1).luck("TRF-1", "credit").random()


def test_number_of_an_id_without_a_number():
    """An id that ends in no number is refused."""
    with pytest.raises(ValueError, match="invalid literal"):
        number_of("ORD-2026-abc")
