"""`torch.nn.functional`: functions of the operation table, and wrappers that do more than one operation.

Wrappers check arguments, draw random numbers, update running statistics and write in place; see the modules beside.
`__init__.pyi` lists all of them for tools.
"""

from jaxtorch._tensor.namespaces import functions_of as _functions_of
from jaxtorch._tensor.overriding import guarded as _guarded

# First, so that the wrappers below take the place of the plain operations.
globals().update(_functions_of("nn.functional"))

from jaxtorch.nn.functional._activation import celu as celu  # noqa: E402
from jaxtorch.nn.functional._activation import elu as elu  # noqa: E402
from jaxtorch.nn.functional._activation import gumbel_softmax as gumbel_softmax  # noqa: E402
from jaxtorch.nn.functional._activation import hardsigmoid as hardsigmoid  # noqa: E402
from jaxtorch.nn.functional._activation import hardswish as hardswish  # noqa: E402
from jaxtorch.nn.functional._activation import hardtanh as hardtanh  # noqa: E402
from jaxtorch.nn.functional._activation import leaky_relu as leaky_relu  # noqa: E402
from jaxtorch.nn.functional._activation import mish as mish  # noqa: E402
from jaxtorch.nn.functional._activation import relu as relu  # noqa: E402
from jaxtorch.nn.functional._activation import relu6 as relu6  # noqa: E402
from jaxtorch.nn.functional._activation import rrelu as rrelu  # noqa: E402
from jaxtorch.nn.functional._activation import selu as selu  # noqa: E402
from jaxtorch.nn.functional._activation import silu as silu  # noqa: E402
from jaxtorch.nn.functional._activation import threshold as threshold  # noqa: E402
from jaxtorch.nn.functional._attention import _canonical_mask as _canonical_mask  # noqa: E402
from jaxtorch.nn.functional._attention import _in_projection as _in_projection  # noqa: E402
from jaxtorch.nn.functional._attention import _in_projection_packed as _in_projection_packed  # noqa: E402
from jaxtorch.nn.functional._attention import _mha_shape_check as _mha_shape_check  # noqa: E402
from jaxtorch.nn.functional._attention import _none_or_dtype as _none_or_dtype  # noqa: E402
from jaxtorch.nn.functional._attention import multi_head_attention_forward as multi_head_attention_forward  # noqa: E402
from jaxtorch.nn.functional._attention import scaled_dot_product_attention as scaled_dot_product_attention  # noqa: E402
from jaxtorch.nn.functional._dropout import alpha_dropout as alpha_dropout  # noqa: E402
from jaxtorch.nn.functional._dropout import dropout as dropout  # noqa: E402
from jaxtorch.nn.functional._dropout import dropout1d as dropout1d  # noqa: E402
from jaxtorch.nn.functional._dropout import dropout2d as dropout2d  # noqa: E402
from jaxtorch.nn.functional._dropout import dropout3d as dropout3d  # noqa: E402
from jaxtorch.nn.functional._dropout import feature_alpha_dropout as feature_alpha_dropout  # noqa: E402
from jaxtorch.nn.functional._embedding import _no_grad_embedding_renorm_ as _no_grad_embedding_renorm_  # noqa: E402
from jaxtorch.nn.functional._embedding import embedding as embedding  # noqa: E402
from jaxtorch.nn.functional._embedding import embedding_bag as embedding_bag  # noqa: E402
from jaxtorch.nn.functional._grouped import grouped_mm as grouped_mm  # noqa: E402
from jaxtorch.nn.functional._grouped import scaled_grouped_mm as scaled_grouped_mm  # noqa: E402
from jaxtorch.nn.functional._grouped import scaled_mm as scaled_mm  # noqa: E402
from jaxtorch.nn.functional._loss import binary_cross_entropy as binary_cross_entropy  # noqa: E402
from jaxtorch.nn.functional._loss import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits  # noqa: E402
from jaxtorch.nn.functional._loss import cross_entropy as cross_entropy  # noqa: E402
from jaxtorch.nn.functional._loss import gaussian_nll_loss as gaussian_nll_loss  # noqa: E402
from jaxtorch.nn.functional._loss import huber_loss as huber_loss  # noqa: E402
from jaxtorch.nn.functional._loss import kl_div as kl_div  # noqa: E402
from jaxtorch.nn.functional._loss import l1_loss as l1_loss  # noqa: E402
from jaxtorch.nn.functional._loss import linear_cross_entropy as linear_cross_entropy  # noqa: E402
from jaxtorch.nn.functional._loss import mse_loss as mse_loss  # noqa: E402
from jaxtorch.nn.functional._loss import multi_margin_loss as multi_margin_loss  # noqa: E402
from jaxtorch.nn.functional._loss import multilabel_margin_loss as multilabel_margin_loss  # noqa: E402
from jaxtorch.nn.functional._loss import multilabel_soft_margin_loss as multilabel_soft_margin_loss  # noqa: E402
from jaxtorch.nn.functional._loss import nll_loss as nll_loss  # noqa: E402
from jaxtorch.nn.functional._loss import poisson_nll_loss as poisson_nll_loss  # noqa: E402
from jaxtorch.nn.functional._loss import smooth_l1_loss as smooth_l1_loss  # noqa: E402
from jaxtorch.nn.functional._loss import soft_margin_loss as soft_margin_loss  # noqa: E402
from jaxtorch.nn.functional._loss_margin import cosine_embedding_loss as cosine_embedding_loss  # noqa: E402
from jaxtorch.nn.functional._loss_margin import ctc_loss as ctc_loss  # noqa: E402
from jaxtorch.nn.functional._loss_margin import hinge_embedding_loss as hinge_embedding_loss  # noqa: E402
from jaxtorch.nn.functional._loss_margin import margin_ranking_loss as margin_ranking_loss  # noqa: E402
from jaxtorch.nn.functional._loss_margin import triplet_margin_loss as triplet_margin_loss  # noqa: E402
from jaxtorch.nn.functional._loss_margin import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss  # noqa: E402
from jaxtorch.nn.functional._normalization import _verify_batch_size as _verify_batch_size  # noqa: E402
from jaxtorch.nn.functional._normalization import batch_norm as batch_norm  # noqa: E402
from jaxtorch.nn.functional._normalization import group_norm as group_norm  # noqa: E402
from jaxtorch.nn.functional._normalization import instance_norm as instance_norm  # noqa: E402
from jaxtorch.nn.functional._normalization import local_response_norm as local_response_norm  # noqa: E402
from jaxtorch.nn.functional._normalization import normalize as normalize  # noqa: E402
from jaxtorch.nn.functional._pooling import adaptive_max_pool1d as adaptive_max_pool1d  # noqa: E402
from jaxtorch.nn.functional._pooling import adaptive_max_pool2d as adaptive_max_pool2d  # noqa: E402
from jaxtorch.nn.functional._pooling import adaptive_max_pool3d as adaptive_max_pool3d  # noqa: E402
from jaxtorch.nn.functional._pooling import fractional_max_pool2d as fractional_max_pool2d  # noqa: E402
from jaxtorch.nn.functional._pooling import fractional_max_pool2d_with_indices as fractional_max_pool2d_with_indices  # noqa: E402
from jaxtorch.nn.functional._pooling import fractional_max_pool3d as fractional_max_pool3d  # noqa: E402
from jaxtorch.nn.functional._pooling import fractional_max_pool3d_with_indices as fractional_max_pool3d_with_indices  # noqa: E402
from jaxtorch.nn.functional._pooling import lp_pool1d as lp_pool1d  # noqa: E402
from jaxtorch.nn.functional._pooling import lp_pool2d as lp_pool2d  # noqa: E402
from jaxtorch.nn.functional._pooling import lp_pool3d as lp_pool3d  # noqa: E402
from jaxtorch.nn.functional._pooling import max_pool1d as max_pool1d  # noqa: E402
from jaxtorch.nn.functional._pooling import max_pool2d as max_pool2d  # noqa: E402
from jaxtorch.nn.functional._pooling import max_pool3d as max_pool3d  # noqa: E402
from jaxtorch.nn.functional._pooling import max_unpool1d as max_unpool1d  # noqa: E402
from jaxtorch.nn.functional._pooling import max_unpool2d as max_unpool2d  # noqa: E402
from jaxtorch.nn.functional._pooling import max_unpool3d as max_unpool3d  # noqa: E402
from jaxtorch.nn.functional._resize import affine_grid as affine_grid  # noqa: E402
from jaxtorch.nn.functional._resize import grid_sample as grid_sample  # noqa: E402
from jaxtorch.nn.functional._resize import interpolate as interpolate  # noqa: E402
from jaxtorch.nn.functional._resize import upsample as upsample  # noqa: E402
from jaxtorch.nn.functional._resize import upsample_bilinear as upsample_bilinear  # noqa: E402
from jaxtorch.nn.functional._resize import upsample_nearest as upsample_nearest  # noqa: E402

# Last: the wrappers too notice arguments of other classes that override them.
globals().update({_name: _guarded(_function) for _name, _function in tuple(globals().items()) if _name[0] != "_"})
