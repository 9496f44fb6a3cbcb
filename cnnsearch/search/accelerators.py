"""The devices of each backend, and the backend that a search uses where none was chosen."""

from importlib.metadata import entry_points

from pydantic import TypeAdapter

from cnnsearch.errors import CnnsearchError
from cnnsearch.rpc import Call
from cnnsearch.study.settings import Settings
from cnnsearch.training.backend import Backend, environment, has_accelerator

_JAX_PLUGINS = "jax_plugins"
"""The entry points by which JAX finds support for accelerators."""
_NAMES = TypeAdapter(tuple[str, ...])


def find_devices(backend: Backend) -> tuple[str, ...]:
    """Return the devices as Keras names them, from a separate process; none if the backend does not start."""
    place, chosen = "cnnsearch.training.devices:list_devices", environment(backend)
    try:
        return Call(place, None, _NAMES, environment=chosen, keras=True).result()
    except CnnsearchError:
        return ()


def with_accelerator(settings: Settings) -> Settings:
    """Choose JAX where it has an accelerator and nothing else was asked for: only there the engines can be
    compared, and on accelerators the compiled one is made to win."""
    is_open = settings.engine == "auto" and "backend" not in settings.model_fields_set
    if not is_open or not settings.can_be_compiled or not entry_points(group=_JAX_PLUGINS):
        return settings
    is_faster = has_accelerator(find_devices("jax"))
    return settings.model_copy(update={"backend": "jax"}) if is_faster else settings
