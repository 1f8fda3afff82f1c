"""`torch.quasirandom`: Sobol sequences, the same points as PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import qmc

from jaxtorch._base.dtypes import int64
from jaxtorch._base.modes import defaults
from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.random import Generator
from jaxtorch._tensor.tensor import FUNCTIONS

__all__ = ["SobolEngine"]


def _bits(shape: tuple[int, ...], generator: Any) -> np.ndarray:
    # `torch.randint(2, shape, generator=generator)`
    return np.asarray(FUNCTIONS["randint"](2, shape, generator=generator).numpy(), np.int64)


class SobolEngine:
    """Draws points of a Sobol sequence in [0, 1)^dimension, scrambled if wanted.

    Raises:
        ValueError: a dimension outside of 1 to 21201.

    Example:
        >>> torch.quasirandom.SobolEngine(2).draw(3)
        tensor([[0.0000, 0.0000],
                [0.5000, 0.5000],
                [0.7500, 0.2500]])
    """

    MAXBIT = 30
    MAXDIM = 21201

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None) -> None:
        if dimension > self.MAXDIM or dimension < 1:
            raise ValueError(f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}]")
        self.seed, self.scramble, self.dimension = seed, scramble, dimension
        # SciPy keeps the direction numbers of Joe and Kuo, which PyTorch uses too, only in this attribute.
        state = qmc.Sobol(dimension, scramble=False, bits=self.MAXBIT)._sv
        self._state = np.asarray(state, np.int64)
        self._shift = np.zeros(dimension, np.int64)
        if scramble:
            self._scramble()
        self._quasi = self._shift.copy()
        self.num_generated = 0

    def _scramble(self) -> None:
        generator = Generator()
        if self.seed is not None:
            generator.manual_seed(self.seed)
        else:
            generator.seed()
        n, bits = self.dimension, self.MAXBIT
        self._shift = _bits((n, bits), generator) @ (1 << np.arange(bits))
        matrix = np.tril(_bits((n, bits, bits), generator))
        matrix[:, np.arange(bits), np.arange(bits)] = 1
        # Each direction number's bits, highest first, times the random lower triangular matrix over two elements.
        weights = 1 << np.arange(bits - 1, -1, -1)
        digits = (self._state[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
        self._state = (np.einsum("dpk,djk->djp", matrix, digits) % 2) @ weights

    def _advance(self, count: int) -> np.ndarray:
        """The next `count` integer points after the current one."""
        numbers = np.arange(self.num_generated - 1, self.num_generated - 1 + count) if self.num_generated else (
            np.arange(count)
        )  # fmt: skip
        lowest_zero = np.log2((~numbers & (numbers + 1)).astype(np.float64)).astype(np.int64)
        steps = self._state[:, lowest_zero].T
        points = self._quasi ^ np.bitwise_xor.accumulate(steps, axis=0) if count else steps
        if count:
            self._quasi = points[-1].copy()
        return points

    def draw(self, n: int = 1, out: Any = None, dtype: Any = None) -> Any:
        """The next `n` points, (n, dimension)."""
        if self.num_generated == 0:
            first = self._quasi[None]
            points = np.concatenate([first, self._advance(n - 1)]) if n > 1 else first
        else:
            points = self._advance(n)
        self.num_generated += n
        kind = dtype or defaults.dtype
        result = from_array((points.astype(np.float64) / 2**self.MAXBIT).astype(kind.numpy_dtype), kind)
        if out is not None:
            out.resize_(result.shape).copy_(result)
            return out
        return result

    def draw_base2(self, m: int, out: Any = None, dtype: Any = None) -> Any:
        """The next 2**m points.

        Raises:
            ValueError: the number of points drawn would no longer be a power of 2.
        """
        n = 2**m
        total = self.num_generated + n
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require "
                f"n to be a power of 2. {self.num_generated} points have been previously generated, then: "
                f"n={self.num_generated}+2**{m}={total}. If you still want to do this, please use "
                "'SobolEngine.draw()' instead."
            )
        return self.draw(n, out=out, dtype=dtype)

    def reset(self) -> SobolEngine:
        """Start from the first point again."""
        self._quasi = self._shift.copy()
        self.num_generated = 0
        return self

    def fast_forward(self, n: int) -> SobolEngine:
        """Pass over the next `n` points."""
        if n > 0:
            self._advance(n - 1 if self.num_generated == 0 else n)
        self.num_generated += n
        return self

    @property
    def shift(self) -> Any:
        """The scrambling's shift of each dimension."""
        return from_array(self._shift.copy(), int64)

    def __repr__(self) -> str:
        parts = [f"dimension={self.dimension}"]
        if self.scramble:
            parts.append("scramble=True")
        if self.seed is not None:
            parts.append(f"seed={self.seed}")
        return f"{self.__class__.__name__}({', '.join(parts)})"
