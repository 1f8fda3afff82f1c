"""The Mersenne twister as PyTorch's CPU generator drives it: words, seeds and the 5056-byte state.

NumPy's MT19937 is the same engine, and its C loop makes the words. PyTorch seeds it with `init_genrand` of the low
32 bits, takes 64-bit words as (first << 32) | second, and numbers the position in the block of 624 words differently.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._base.native import hot

STATE_BYTES = 5056
_BLOCK = 624
_SMALL = 2048  # words; below it the plain call beats `Generator.integers`, whose arguments take 4 us to check

# CPUGeneratorImplState: the layout `torch.get_rng_state` copies out.
_STATE = np.dtype({
    "names": ["seed", "left", "seeded", "next", "key", "normal", "normal_valid", "float_normal", "float_valid"],
    "formats": ["<u8", "<i4", "<i4", "<u8", ("<u8", _BLOCK), "<f8", "<i4", "<u4", "u1"],
    "offsets": [0, 8, 12, 16, 24, 5024, 5040, 5048, 5052],
    "itemsize": STATE_BYTES,
})  # fmt: skip


def _high_word_first() -> bool:
    """Whether this NumPy was compiled to draw the high half of a 64-bit word first (C leaves the order open)."""
    bits = np.random.MT19937(0)
    high, low = bits.random_raw(2).tolist()
    return int(np.random.Generator(np.random.MT19937(0)).integers(0, 1 << 64, dtype=np.uint64)) == (high << 32 | low)


def _native() -> Any:
    """The draws in C, where they find the twister's words in NumPy's memory as they expect them."""
    bits = np.random.MT19937(5)
    bits.random_raw(3)
    inner = bits.state["state"]
    return hot if hot is not None and hot.twister_fits(bits.capsule, inner["key"].tobytes(), inner["pos"]) else None


draws: Any = _native()
_32 = np.array(32, np.uint64)
_HIGH_FIRST = _high_word_first()


class MersenneTwister:
    """The word source of one generator, with the half of a normal pair that waits for the next call."""

    __slots__ = ("capsule", "_bits", "_numpy", "_legacy", "seed_value", "pending_normal", "_float_normal")

    def __init__(self, seed: int) -> None:
        self._bits = np.random.MT19937(0)
        self.capsule = self._bits.capsule  # for `draws`
        self._numpy = np.random.Generator(self._bits)
        self._legacy = np.random.RandomState(self._bits)  # its seed() is `init_genrand`
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Start anew from an unsigned 64-bit seed."""
        self._legacy.seed(seed & 0xFFFFFFFF)
        self.seed_value = seed
        self.pending_normal: float | None = None
        # PyTorch's CPU kernels never fill this slot of the state, yet a state that has it keeps it.
        self._float_normal: int | None = None

    def words(self, n: int) -> np.ndarray:
        """The next n 32-bit words, as uint32."""
        if draws is None:
            return self._bits.random_raw(n).astype(np.uint32)
        words = np.empty(n, np.uint32)
        draws.draw_words(self.capsule, words)
        return words

    def words64(self, n: int) -> np.ndarray:
        """The next n 64-bit words, as uint64."""
        if draws is not None:
            words = np.empty(n, np.uint64)
            draws.draw_words64(self.capsule, words)
            return words
        if n > _SMALL and _HIGH_FIRST:
            return self._numpy.integers(0, 1 << 64, n, dtype=np.uint64)
        halves = self._bits.random_raw(2 * n)
        words = halves[::2] << _32
        words |= halves[1::2]
        return words

    def skip(self, n: int) -> None:
        """Pass over n 32-bit words."""
        self._bits.random_raw(n, output=False)

    # ----- state -----
    def mark(self):
        """The engine's position, for `rewind`; cheaper than a full state."""
        return self._bits.state

    def rewind(self, mark) -> None:
        self._bits.state = mark

    def pack(self) -> np.ndarray:
        """The state in PyTorch's layout, as 5056 bytes."""
        inner = self._bits.state["state"]
        record = np.zeros((), _STATE)
        record["seed"] = self.seed_value
        record["seeded"] = 1
        record["key"] = inner["key"]
        # A fresh seed and the end of a block are one position to NumPy, two to PyTorch.
        position = 0 if inner["pos"] == _BLOCK and self._is_fresh(inner["key"]) else inner["pos"]
        record["next"] = position
        record["left"] = _BLOCK + 1 - position if position else 1
        if self.pending_normal is not None:
            record["normal_valid"], record["normal"] = 1, self.pending_normal
        if self._float_normal is not None:
            record["float_valid"], record["float_normal"] = 1, self._float_normal
        return np.frombuffer(record.tobytes(), np.uint8).copy()

    def unpack(self, state: np.ndarray) -> None:
        """Take over a state in PyTorch's layout; RuntimeError as in PyTorch when it is none."""
        if state.size != STATE_BYTES:
            raise RuntimeError(f"Expected a CPUGeneratorImplState of size {STATE_BYTES} but found the input RNG state "
                               f"size to be {state.size}")  # fmt: skip
        record = np.ascontiguousarray(state).reshape(-1).view(_STATE)[0]
        left, position = int(record["left"]), int(record["next"]) & 0xFFFFFFFF
        if not record["seeded"] or not 0 < left <= _BLOCK or position > _BLOCK:
            raise RuntimeError("Invalid mt19937 state")
        pos = _BLOCK if left == 1 else position
        key = record["key"].astype(np.uint32)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": pos}}
        self.seed_value = int(record["seed"])
        self.pending_normal = float(record["normal"]) if record["normal_valid"] else None
        self._float_normal = int(record["float_normal"]) if record["float_valid"] else None

    def _is_fresh(self, key: np.ndarray) -> bool:
        """Whether the block is still `init_genrand`'s: its first two words tell (a twist leaves them by 2**-64)."""
        first, second = key[:2].tolist()
        return first == self.seed_value & 0xFFFFFFFF and second == (1812433253 * (first ^ first >> 30) + 1) & 0xFFFFFFFF
