"""What linear algebra raises is raised by the call itself, where a program catches it."""

import pytest

import jaxtorch as torch
from jaxtorch._engine.recorder import stats

ZERO, NAN = torch.zeros(3, 3) + 0, torch.full((3, 3), float("nan")) + 0
CALLS = {
    "cholesky": lambda: torch.linalg.cholesky(ZERO),
    "old cholesky": lambda: torch.cholesky(ZERO),
    "cholesky_ex": lambda: torch.linalg.cholesky_ex(ZERO, check_errors=True),
    "inv": lambda: torch.linalg.inv(ZERO),
    "inverse": lambda: ZERO.inverse(),
    "inv_ex": lambda: torch.linalg.inv_ex(ZERO, check_errors=True),
    "solve": lambda: torch.linalg.solve(ZERO, torch.ones(3, 1)),
    "matrix_power": lambda: torch.linalg.matrix_power(ZERO, -1),
    "lu_factor": lambda: torch.linalg.lu_factor(ZERO),
    "eig": lambda: torch.linalg.eig(NAN),
    "svd": lambda: torch.linalg.svd(NAN),
    "svdvals": lambda: torch.linalg.svdvals(NAN),
    "old svd": lambda: torch.svd(NAN),
    "pinv": lambda: torch.linalg.pinv(NAN),
    "pinverse": lambda: torch.pinverse(NAN),
}


@pytest.mark.parametrize("name", CALLS)
def test_raised_at_once(name):
    kind = RuntimeError if name in ("lu_factor", "eig") else torch.linalg.LinAlgError
    with pytest.raises(kind):
        CALLS[name]()


def test_a_loop_adds_jitter_until_it_succeeds():
    jitter, matrix = 0, torch.zeros(2, 2)
    while True:
        try:
            lower = torch.linalg.cholesky(matrix + jitter * torch.eye(2))
            break
        except RuntimeError:
            jitter += 1
    assert jitter == 1
    assert lower.tolist() == [[1, 0], [0, 1]]


def test_nothing_runs_where_nothing_can_fail():
    x = torch.ones(3, 3) * 2
    before = stats.flushes
    torch.linalg.cholesky_ex(x)
    torch.linalg.inv_ex(x)
    torch.linalg.matrix_power(x, 2)
    assert stats.flushes == before


def test_the_batch_element_is_told():
    with pytest.raises(torch.linalg.LinAlgError, match=r"linalg.svd: \(Batch element 1\): The algorithm failed"):
        torch.linalg.svdvals(torch.stack([torch.eye(3), NAN]))


def test_in_vmap_and_compile():
    batch = torch.stack([torch.eye(2), -torch.eye(2)])
    for function in (torch.vmap(torch.linalg.cholesky), torch.compile(torch.linalg.cholesky)):
        assert function(batch[:1]).tolist() == [[[1, 0], [0, 1]]]
        with pytest.raises(torch.linalg.LinAlgError):
            function(batch)


@pytest.mark.parametrize(
    "function",
    [
        torch.linalg.matrix_rank,
        lambda x: torch.linalg.matrix_rank(x, 0.1),
        torch.linalg.cond,
        lambda x: torch.linalg.cond(x, "nuc"),
        lambda x: torch.linalg.matrix_norm(x, 2),
        lambda x: torch.linalg.norm(x, -2),
        lambda x: torch.norm(x, "nuc"),
    ],
)
def test_what_rests_on_singular_values_refuses_nan(function):
    with pytest.raises(torch.linalg.LinAlgError, match="linalg.svd: The algorithm failed to converge because"):
        function(NAN)


def test_other_norms_take_nan():
    assert torch.linalg.matrix_norm(NAN, 1).isnan() and torch.linalg.norm(NAN).isnan() and torch.norm(NAN).isnan()
