"""Values as the arrays and messages that TensorBoard keeps."""

from __future__ import annotations

import importlib
import io
import re
from typing import Any

import numpy as np

from jaxtorch._tensor.tensor import Tensor

_PROTO = "tensorboard.compat.proto."


def proto(module: str) -> Any:
    """A module of TensorBoard's messages."""
    return importlib.import_module(f"{_PROTO}{module}_pb2")


def array(x: Any) -> np.ndarray:
    """Tensors, arrays, lists and numbers as an array of at least one dimension.

    Raises:
        NotImplementedError: something else.
    """
    if isinstance(x, Tensor):
        x = x.detach().cpu()
        x = (x.float() if x.dtype.is_floating_point and x.dtype.itemsize < 4 else x).numpy()
    elif isinstance(x, list):
        x = [array(y).item() if isinstance(y, Tensor) else y for y in x]
    elif not isinstance(x, (np.ndarray, np.generic, int, float, complex, bool)):
        raise NotImplementedError(f"Got {type(x)}, but numpy array or torch tensor are expected.")
    return np.atleast_1d(np.asarray(x))


def scalar(x: Any) -> float:
    """A value of one element as a number."""
    found = array(x).squeeze()
    if found.ndim != 0:
        raise AssertionError(f"Tensor should contain one element (0 dimensions). Was given size: {found.size} and "
                             f"{found.ndim} dimensions.")  # fmt: skip
    return float(found)


def tag_name(tag: str) -> str:
    """A tag with characters TensorBoard knows."""
    return re.sub(r"[^-/\w\.]", "_", tag).lstrip("/")


def summary(**value: Any) -> Any:
    """A summary of one value."""
    kind = proto("summary").Summary
    return kind(value=[kind.Value(**value)])


def default_bins() -> np.ndarray:
    """Limits that grow by a tenth, on both sides of zero."""
    limits = [1e-12]
    while limits[-1] * 1.1 < 1e20:
        limits.append(limits[-1] * 1.1)
    return np.array([-x for x in reversed(limits)] + [0.0] + limits)


def histogram(values: Any, bins: Any, max_bins: int | None) -> Any:
    """How often values lie where.

    Raises:
        ValueError: there are none.
    """
    flat = array(values).reshape(-1).astype(float)
    if flat.size == 0:
        raise ValueError("The input has no element.")
    counts, limits = np.histogram(flat, bins=default_bins() if bins == "tensorflow" else bins)
    if max_bins is not None and len(counts) > max_bins:
        step = len(counts) // max_bins
        counts = np.add.reduceat(counts, np.arange(0, len(counts), step))
        limits = np.append(limits[:-1:step], limits[-1])
    filled = np.flatnonzero(counts)
    if not filled.size:
        raise ValueError("The histogram is empty, please file a bug report.")
    # An empty bucket comes first: its limit is where the first one with values begins.
    first, last = filled[0], filled[-1]
    return proto("summary").HistogramProto(
        min=flat.min(), max=flat.max(), num=flat.size, sum=flat.sum(), sum_squares=flat.dot(flat),
        bucket_limit=limits[first : last + 2].tolist(), bucket=[0, *counts[first : last + 1].tolist()],
    )  # fmt: skip


def image(x: Any, dataformats: str) -> Any:
    """An image, or a batch of them side by side, as a PNG."""
    data = array(x)
    order = dataformats.upper()
    if data.ndim != len(order):
        raise AssertionError(f"size of input tensor and input format are different. tensor shape: {data.shape}, "
                             f"input_format: {dataformats}")  # fmt: skip
    for axis in "HWC":
        if axis not in order:
            data, order = data[..., None], order + axis
    if "N" in order:
        data = np.transpose(data, [order.index(axis) for axis in "NHWC"])
        columns = int(np.ceil(np.sqrt(len(data))))
        rows = -(-len(data) // columns)
        blank = np.zeros((rows * columns - len(data), *data.shape[1:]), data.dtype)
        tiles = np.concatenate([data, blank]).reshape(rows, columns, *data.shape[1:])
        data = tiles.transpose(0, 2, 1, 3, 4).reshape(rows * data.shape[1], columns * data.shape[2], data.shape[3])
    else:
        data = np.transpose(data, [order.index(axis) for axis in "HWC"])
    if data.shape[2] == 1:
        data = np.repeat(data, 3, axis=2)
    if data.dtype != np.uint8:
        data = (data.astype(np.float32) * 255.0).clip(0, 255).astype(np.uint8)
    encoded = io.BytesIO()
    importlib.import_module("PIL.Image").fromarray(data).save(encoded, format="PNG")
    kind = proto("summary").Summary.Image
    height, width, channels = data.shape
    return kind(height=height, width=width, colorspace=channels, encoded_image_string=encoded.getvalue())


def text(tag: str, value: str) -> Any:
    """A text, in Markdown."""
    messages = proto("summary")
    plugin = messages.SummaryMetadata.PluginData(plugin_name="text", content=b"")
    shape = proto("tensor_shape").TensorShapeProto(dim=[proto("tensor_shape").TensorShapeProto.Dim(size=1)])
    content = proto("tensor").TensorProto(dtype="DT_STRING", string_val=[value.encode()], tensor_shape=shape)
    metadata = messages.SummaryMetadata(plugin_data=plugin)
    return summary(tag=f"{tag}/text_summary", metadata=metadata, tensor=content)


def figures(figure: Any, close: bool) -> np.ndarray:
    """Matplotlib's figures as images, channels first."""
    listed = figure if isinstance(figure, list) else [figure]
    drawn = []
    for one in listed:
        canvas = importlib.import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(one)
        canvas.draw()
        drawn.append(np.moveaxis(np.asarray(canvas.buffer_rgba())[:, :, :3], 2, 0))
        if close:
            importlib.import_module("matplotlib.pyplot").close(one)
    return np.stack(drawn) if isinstance(figure, list) else drawn[0]
