"""What may be asked of `torch.compile`, checked as PyTorch checks it."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax

from jaxtorch._engine.breaks import GraphBreak

MODES = ("default", "lite", "reduce-overhead", "max-autotune-no-cudagraphs", "max-autotune")
BACKENDS = ("cudagraphs", "inductor", "openxla", "tvm")
_OF_DEBUGGING = (
    "aot_eager", "aot_eager_decomp_partition", "aot_eager_default_partitioner", "aot_ts", "eager", "eager_debug",
    "eager_noexcept", "invoke_subgraph", "openxla_eval", "pre_dispatch_eager", "ts",
)  # fmt: skip
# Of PyTorch's compiler, with the types of their values: accepted, since programs set them, and of no effect here.
_KNOWN: dict[str, type] = {
    **dict.fromkeys(
        "allow_buffer_reuse aggressive_fusion b2b_gemm_pass combo_kernels comprehensive_padding "
        "conv_1x1_as_mm coordinate_descent_check_all_directions coordinate_descent_tuning cpp_wrapper debug "
        "debug_fusion dce emulate_precision_casts epilogue_fusion epilogue_fusion_first fallback_random "
        "force_fuse_int_mm_with_mul freezing fx_graph_cache group_fusion implicit_fallbacks "
        "layout_optimization loop_ordering_after_fusion max_autotune max_autotune_gemm max_autotune_pointwise "
        "memory_planning pattern_matcher permute_fusion prologue_fusion reorder_for_locality "
        "reorder_for_peak_memory shape_padding size_asserts split_reductions triton.cudagraph_trees "
        "triton.cudagraphs triton.dense_indexing triton.persistent_reductions "
        "triton.unique_kernel_names trace.enabled trace.graph_diagram use_fast_math".split(),
        bool,
    ),
    **dict.fromkeys("compile_threads max_fusion_size triton.multi_kernel unroll_reductions_threshold".split(), int),
    **dict.fromkeys("cpu_backend max_autotune_gemm_backends max_autotune_gemm_search_space".split(), str),
    "guard_filter_fn": object,
}  # fmt: skip


class Asked(NamedTuple):
    """What a compiled function is held to: `xla` are flags of the compiler, for its programs alone."""

    fullgraph: bool = False
    xla: tuple[tuple[str, Any], ...] = ()


def check(fullgraph: bool, backend: Any, mode: Any, options: Any) -> Asked:
    """What is asked, in order.

    Raises:
        RuntimeError: an unknown mode or option, an option of another type, or both a mode and options.
        InvalidBackend: an unknown backend.
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if isinstance(backend, str) and backend not in (*BACKENDS, *_OF_DEBUGGING):
        raise InvalidBackend(
            f"Invalid backend: {backend!r}, see `torch._dynamo.list_backends()` for available backends."
        )
    if mode is not None and mode not in MODES:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(MODES)}")
    xla = {}
    for key, value in (options or {}).items():
        name = key.replace("-", "_")
        if name.startswith("xla_"):
            xla[name] = value
            continue
        known = _KNOWN.get(name)
        if known is None:
            raise _unexpected(key)
        if known is not object and type(value) is not known:
            raise RuntimeError(f"Unexpected type of attr {key}, got {type(value).__name__} should be {known.__name__}")
    return Asked(bool(fullgraph), _accepted(xla))


def _accepted(flags: dict[str, Any]) -> tuple:
    """Flags that XLA knows: it is asked to compile something with each of them."""
    for name, value in flags.items():
        try:
            jax.jit(lambda x: x + 1, compiler_options={name: value}).lower(0.0).compile()
        except jax.errors.JaxRuntimeError as error:
            if "No such compile option" in str(error):
                raise _unexpected(name) from None
            raise RuntimeError(f"Unexpected value of option {name}: {value!r} ({error})") from None
    return tuple(sorted(flags.items()))


def _unexpected(name: str) -> RuntimeError:
    known = [*sorted(_KNOWN), "flags of XLA (xla_...)"]
    return RuntimeError(f"Unexpected optimization option {name}, known options are {known}")


# ----- What `torch._dynamo.exc` has -----


class TorchDynamoException(RuntimeError):
    """What capturing a call raises."""


class Unsupported(TorchDynamoException):
    """A call cannot be captured whole, and `fullgraph=True` asks for that."""


class InvalidBackend(TorchDynamoException):
    """No backend has this name."""


class FailOnRecompileLimitHit(TorchDynamoException):
    """More kinds of calls than are captured, and `fullgraph=True` asks for each to be."""


def unsupported(reason: GraphBreak) -> Unsupported:
    """What `fullgraph=True` raises for a reason; PyTorch does before the call runs, here it has run."""
    return Unsupported(f"{reason.word}\n  Explanation: the call cannot be captured whole: {reason}")
