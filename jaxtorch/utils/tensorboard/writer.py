"""`torch.utils.tensorboard.writer`: the files that TensorBoard reads."""

from __future__ import annotations

import datetime
import importlib
import os
import socket
import time
from typing import Any

from jaxtorch.utils.tensorboard import _convert

__all__ = ["FileWriter", "SummaryWriter"]


class FileWriter:
    """Writes summaries into one file of a folder."""

    def __init__(self, log_dir: Any, max_queue: int = 10, flush_secs: int = 120, filename_suffix: str = "") -> None:
        module = importlib.import_module("tensorboard.summary.writer.event_file_writer")
        self.event_writer = module.EventFileWriter(str(log_dir), max_queue, flush_secs, filename_suffix)

    def get_logdir(self) -> str:
        """The folder."""
        return self.event_writer.get_logdir()

    def add_event(self, event: Any, step: int | None = None, walltime: float | None = None) -> None:
        """Write an event."""
        event.wall_time = time.time() if walltime is None else walltime
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def add_summary(self, summary: Any, global_step: int | None = None, walltime: float | None = None) -> None:
        """Write a summary."""
        self.add_event(_convert.proto("event").Event(summary=summary), global_step, walltime)

    def flush(self) -> None:
        """Write what waits."""
        self.event_writer.flush()

    def close(self) -> None:
        """Write what waits, and end."""
        self.event_writer.close()

    def reopen(self) -> None:
        """Begin a new file."""
        self.event_writer.reopen()


class SummaryWriter:
    """Writes scalars, histograms, images and texts for TensorBoard into `log_dir`, by default `runs/<time>_<host>`.

    Differs from PyTorch: graphs, embeddings, audio, video, meshes, curves and hyperparameters are not written.

    Example:
        >>> writer = SummaryWriter()
        >>> writer.add_scalar("loss", 0.5, global_step=1)
        >>> writer.close()
    """

    def __init__(
        self, log_dir: Any = None, comment: str = "", purge_step: int | None = None, max_queue: int = 10,
        flush_secs: int = 120, filename_suffix: str = "",
    ) -> None:  # fmt: skip
        if not log_dir:
            now = datetime.datetime.now().strftime("%b%d_%H-%M-%S")
            log_dir = os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")
        self.log_dir, self.purge_step = log_dir, purge_step
        self.max_queue, self.flush_secs, self.filename_suffix = max_queue, flush_secs, filename_suffix
        self.file_writer: FileWriter | None = None
        self.all_writers: dict[str, FileWriter] | None = None
        self._get_file_writer()

    def _open(self, folder: str) -> FileWriter:
        return FileWriter(folder, self.max_queue, self.flush_secs, self.filename_suffix)

    def _get_file_writer(self) -> FileWriter:
        if self.all_writers is None or self.file_writer is None:
            self.file_writer = self._open(self.log_dir)
            self.all_writers = {self.file_writer.get_logdir(): self.file_writer}
            if self.purge_step is not None:
                events = _convert.proto("event")
                self.file_writer.add_event(events.Event(step=self.purge_step, file_version="brain.Event:2"))
                start = events.SessionLog(status=events.SessionLog.START)
                self.file_writer.add_event(events.Event(step=self.purge_step, session_log=start))
                self.purge_step = None
        return self.file_writer

    def get_logdir(self) -> Any:
        """The folder."""
        return self.log_dir

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: int | None = None, walltime: float | None = None,
        new_style: bool = False, double_precision: bool = False,
    ) -> None:  # fmt: skip
        """Write a number."""
        summary = _convert.summary(tag=_convert.tag_name(tag), simple_value=_convert.scalar(scalar_value))
        self._get_file_writer().add_summary(summary, global_step, walltime)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:  # fmt: skip
        """Write numbers that are shown together, each into a folder of its own."""
        root = self._get_file_writer().get_logdir()
        assert self.all_writers is not None
        for tag, value in tag_scalar_dict.items():
            folder = os.path.join(root, main_tag.replace("/", "_") + "_" + tag)
            if folder not in self.all_writers:
                self.all_writers[folder] = self._open(folder)
            summary = _convert.summary(tag=_convert.tag_name(main_tag), simple_value=_convert.scalar(value))
            self.all_writers[folder].add_summary(summary, global_step, walltime)

    def add_histogram(
        self, tag: str, values: Any, global_step: int | None = None, bins: Any = "tensorflow",
        walltime: float | None = None, max_bins: int | None = None,
    ) -> None:  # fmt: skip
        """Write how values are spread."""
        summary = _convert.summary(tag=_convert.tag_name(tag), histo=_convert.histogram(values, bins, max_bins))
        self._get_file_writer().add_summary(summary, global_step, walltime)

    def add_image(
        self, tag: str, img_tensor: Any, global_step: int | None = None, walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:  # fmt: skip
        """Write an image; needs Pillow."""
        summary = _convert.summary(tag=_convert.tag_name(tag), image=_convert.image(img_tensor, dataformats))
        self._get_file_writer().add_summary(summary, global_step, walltime)

    def add_images(
        self, tag: str, img_tensor: Any, global_step: int | None = None, walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:  # fmt: skip
        """Write images side by side; needs Pillow."""
        self.add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_figure(
        self, tag: str, figure: Any, global_step: int | None = None, close: bool = True, walltime: float | None = None
    ) -> None:
        """Write Matplotlib's figure, or a list of them."""
        formats = "NCHW" if isinstance(figure, list) else "CHW"
        self.add_image(tag, _convert.figures(figure, close), global_step, walltime, formats)

    def add_text(
        self, tag: str, text_string: str, global_step: int | None = None, walltime: float | None = None
    ) -> None:
        """Write a text."""
        summary = _convert.text(_convert.tag_name(tag), text_string)
        self._get_file_writer().add_summary(summary, global_step, walltime)

    def flush(self) -> None:
        """Write what waits."""
        for writer in (self.all_writers or {}).values():
            writer.flush()

    def close(self) -> None:
        """Write what waits, and end."""
        for writer in (self.all_writers or {}).values():
            writer.flush()
            writer.close()
        self.file_writer = self.all_writers = None

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        if name in ("add_graph", "add_onnx_graph", "add_embedding", "add_audio", "add_video", "add_mesh",
                    "add_pr_curve", "add_pr_curve_raw", "add_hparams", "add_custom_scalars", "add_tensor"):  # fmt: skip
            raise NotImplementedError(
                f"SummaryWriter.{name} is not supported by jaxtorch; write numbers with add_scalar, arrays with "
                "add_histogram, or figures with add_figure"
            )
        raise AttributeError(f"'SummaryWriter' object has no attribute '{name}'")
