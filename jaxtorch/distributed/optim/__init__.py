"""`torch.distributed.optim`: an optimizer whose state the processes share out; one process has all of it."""

from __future__ import annotations

from typing import Any

from jaxtorch.distributed._group import default
from jaxtorch.optim import Optimizer

__all__ = ["ZeroRedundancyOptimizer"]


class ZeroRedundancyOptimizer(Optimizer):
    """Steps with an optimizer of `optimizer_class` for the parameters of this process, which are all of them.

    Raises:
        ValueError: there is no process group.
    """

    def __init__(
        self,
        params: Any,
        optimizer_class: type[Optimizer],
        process_group: Any = None,
        parameters_as_bucket_view: bool = False,
        overlap_with_ddp: bool = False,
        **defaults: Any,
    ) -> None:
        self.process_group = process_group if process_group is not None else default()
        self.optim = optimizer_class(params, **defaults)
        super().__init__([{**g} for g in self.optim.param_groups], self.optim.defaults)
        self.param_groups, self.state = self.optim.param_groups, self.optim.state

    def step(self, closure: Any = None, **kwargs: Any) -> Any:
        """One step of the optimizer inside."""
        return self.optim.step(closure=closure, **kwargs) if closure is not None else self.optim.step(**kwargs)

    def add_param_group(self, param_group: dict) -> None:
        """Another group of parameters."""
        if "optim" in self.__dict__ and self.param_groups is self.optim.param_groups:
            self.optim.add_param_group(param_group)
        else:
            super().add_param_group(param_group)

    def consolidate_state_dict(self, to: int = 0) -> None:
        """Bring the state of all processes to one: it is here."""

    def state_dict(self) -> dict[str, Any]:
        """The state of the optimizer inside."""
        return self.optim.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state."""
        self.optim.load_state_dict(state_dict)
        self.param_groups, self.state = self.optim.param_groups, self.optim.state
