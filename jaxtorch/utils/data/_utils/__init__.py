"""The parts of a data loader: fetching, collating, iterating, workers."""

from jaxtorch.utils.data._utils import collate as collate
from jaxtorch.utils.data._utils import fetch as fetch
from jaxtorch.utils.data._utils import worker as worker
from jaxtorch.utils.data._utils.worker import MP_STATUS_CHECK_INTERVAL as MP_STATUS_CHECK_INTERVAL
