"""Seeds, states and locks of the host generator."""

import copy
import hashlib
import json
import pathlib
import pickle
import threading

import numpy as np
import pytest

from jaxtorch._base.rng import DEFAULT_SEED, HostGenerator, default_generator

RECORDED = json.loads((pathlib.Path(__file__).parent / "rng_reference.json").read_text())["state"]


def test_state_is_pytorchs_byte_for_byte():
    generator = HostGenerator(RECORDED["seed"])
    generator.normal(RECORDED["after"])
    state = generator.get_state()
    assert state.dtype == np.uint8 and state.shape == (5056,)
    assert state[5016:].tobytes().hex() == RECORDED["tail"]
    assert hashlib.sha256(state.tobytes()).hexdigest() == RECORDED["bytes"]
    assert generator.uniform(4).tolist() == RECORDED["next"]


@pytest.mark.parametrize("drawn", [0, 1, 623, 624, 625, 1248, 5000])
def test_state_round_trip(drawn):
    generator = HostGenerator(11)
    generator.uniform(drawn)
    generator.normal(3)  # leaves one normal for the next call
    other = HostGenerator(0).set_state(generator.get_state())
    assert np.array_equal(other.get_state(), generator.get_state())
    assert other.initial_seed() == 11
    assert np.array_equal(other.normal(5), generator.normal(5))
    assert np.array_equal(other.uniform(2000), generator.uniform(2000))


def test_a_fresh_seed_is_told_from_the_end_of_a_block():
    fresh = HostGenerator(3).get_state()
    assert fresh[8:24].view(np.int32).tolist() == [1, 1, 0, 0]  # left, seeded, next
    generator = HostGenerator(3)
    generator.uniform(624)
    assert generator.get_state()[8:24].view(np.int32).tolist() == [1, 1, 624, 0]


def test_clone_goes_its_own_way():
    generator = HostGenerator(5)
    generator.uniform(10)
    clone = generator.clone()
    first = clone.uniform(10)
    assert np.array_equal(generator.uniform(10), first)
    assert clone.initial_seed() == 5


def test_copies_and_pickles_are_at_the_same_position():
    generator = HostGenerator(6)
    generator.normal(3)
    for other in (copy.deepcopy(generator), pickle.loads(pickle.dumps(generator))):
        assert np.array_equal(other.get_state(), generator.get_state())


def test_seeding_drops_the_waiting_normal():
    generator = HostGenerator(5)
    first = generator.normal(3)
    assert np.array_equal(generator.manual_seed(5).normal(3), first)


def test_seeds():
    assert HostGenerator().initial_seed() == DEFAULT_SEED == 67280421310721
    generator = HostGenerator()
    for seed, kept in ((-1, 2**64 - 1), (-(2**63), 2**63), (2**64 - 1, 2**64 - 1), (0, 0)):
        assert generator.manual_seed(seed) is generator
        assert generator.initial_seed() == kept
    for seed in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="Overflow when unpacking long long"):
            generator.manual_seed(seed)
    # Only the low 32 bits reach the twister.
    assert np.array_equal(HostGenerator(7).uniform(5), HostGenerator(7 + (1 << 32)).uniform(5))


def test_seed_is_not_determined():
    generator = HostGenerator()
    seed = generator.seed()
    assert generator.initial_seed() == seed != generator.seed()
    assert default_generator.initial_seed() != HostGenerator().initial_seed()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (np.zeros(10, np.uint8), "Expected a CPUGeneratorImplState of size 5056 but found the input RNG state"),
        (np.zeros(5056, np.uint8), "Invalid mt19937 state"),
    ],
)
def test_other_bytes_are_no_state(state, message):
    generator = HostGenerator(1)
    with pytest.raises(RuntimeError, match=message):
        generator.set_state(state)
    assert np.array_equal(generator.get_state(), HostGenerator(1).get_state())


def test_threads_share_one_stream():
    generator, drawn = HostGenerator(0), []
    threads = [threading.Thread(target=lambda: drawn.append(generator.uniform(3000))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = HostGenerator(0).uniform(24_000).reshape(8, 3000)
    assert sorted(map(tuple, drawn)) == sorted(map(tuple, expected))
