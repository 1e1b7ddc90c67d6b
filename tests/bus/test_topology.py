"""Streams, durables, accounts and users as data: who can hear and say what, in one place each."""

from pathlib import Path

import pytest
from nacl.exceptions import CryptoError

from deploy.callout.permissions import of_house, of_organisation
from deploy.nats.config import SEEDS, Place, account_of, configuration, organisation_publishes, read_seeds, write_config
from shared import nkeys, subjects
from shared.streams import ENTRIES, STREAMS, events, house_consumers, publishers


def test_every_event_reaches_a_durable_of_each_house_that_it_names() -> None:
    heard = {(c.name, subject) for c in house_consumers() for subject in c.filters}

    for kind in events():
        for source in publishers(kind):
            for receiver in kind.receivers:
                name = ENTRIES if kind.name == "entry" else receiver
                assert (name, subjects.event(source, kind.name)) in heard


def test_no_house_hears_what_another_houses_event_does_not_name_it_for() -> None:
    meant = {subjects.event(source, kind.name): set(kind.receivers or subjects.HOUSES) for kind in events() for source in publishers(kind)}

    for consumer in house_consumers():
        house = "audit" if consumer.name == ENTRIES else consumer.name
        assert all(house in meant[subject] for subject in consumer.filters)


def test_two_events_of_one_house_never_share_a_name() -> None:
    names = [(source, kind.name) for kind in events() for source in publishers(kind)]

    assert len(names) == len(set(names))


def test_an_organisation_can_name_nothing_of_another() -> None:
    ours, theirs = of_organisation("o5ek"), of_organisation("o5")

    assert ours.account != theirs.account
    assert not set(ours.publish) & set(theirs.publish)
    assert not set(ours.subscribe) & set(theirs.subscribe)


@pytest.mark.parametrize("house", subjects.HOUSES)
def test_only_its_own_house_may_publish_into_a_stream(house: str) -> None:
    own = next(s.subjects for s in STREAMS if s.name == subjects.stream(house))

    for other in subjects.HOUSES:
        assert (own[0] in of_house(other).publish) is (other == house)


def test_the_configuration_holds_no_secret_and_is_closed_to_others(tmp_path: Path) -> None:
    seeds = read_seeds(tmp_path)
    path = tmp_path / "nats.json"

    write_config(path, Place(port=4222, store=tmp_path), seeds, ["o5ek"])

    text = path.read_text()
    assert all(getattr(seeds, name) not in text for name in SEEDS)
    assert path.stat().st_mode & 0o077 == 0
    assert all((tmp_path / f"nats-{name}.seed").stat().st_mode & 0o077 == 0 for name in SEEDS)
    assert read_seeds(tmp_path) == seeds
    assert repr(seeds) == "Seeds(***)"


def test_the_same_list_stands_in_account_and_user(tmp_path: Path) -> None:
    made = configuration(Place(port=1, store=tmp_path), read_seeds(tmp_path), ["o5ek"])

    imported = [one["service"]["subject"] for one in made["accounts"][account_of("o5ek")]["imports"]]
    assert imported == organisation_publishes("o5ek") == list(of_organisation("o5ek").publish)


def test_what_is_sealed_opens_for_its_receiver_alone() -> None:
    server, callout, other = (nkeys.new_seed(nkeys.CURVE) for _ in range(3))

    sealed = nkeys.Curve(server).seal(b"token", nkeys.public_of(callout))

    assert nkeys.Curve(callout).open(sealed, nkeys.public_of(server)) == b"token"
    with pytest.raises(CryptoError):
        nkeys.Curve(other).open(sealed, nkeys.public_of(server))


def test_an_operation_is_heard_by_one_house_alone() -> None:
    heard = {house: of_house(house).subscribe for house in subjects.HOUSES}

    assert [house for house in heard if "samsyn.in.*.*" in heard[house]] == ["sharing"]
    for subject in ("samsyn.ask.*.children", "samsyn.ask.*.coverage", "samsyn.in.*.custody"):
        assert [house for house in heard if subject in heard[house]] == ["consent"]
        assert subject in of_house("sharing").never_subscribe
    assert not any(subject.startswith("samsyn.out.") for house in heard for subject in heard[house])
