"""The engine's public face: configuration, `flush()`, and `explain()`."""

from jaxtorch._engine.config import config as config
from jaxtorch._engine.explain import Explanation as Explanation
from jaxtorch._engine.explain import explain as explain
from jaxtorch._engine.explain import reset as reset
from jaxtorch._engine.recorder import flush as flush
