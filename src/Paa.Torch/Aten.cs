namespace Paa.Torch;

/// <summary>The ATen operators behind <see cref="Tensor"/> and <see cref="Functional"/>, by schema name. To use another, add its
/// line.</summary>
static class Aten
{
    // creation and conversion
    internal static readonly Operator Zeros = new("aten::zeros");
    internal static readonly Operator Ones = new("aten::ones");
    internal static readonly Operator Empty = new("aten::empty.memory_format");
    internal static readonly Operator Full = new("aten::full");
    internal static readonly Operator Arange = new("aten::arange");
    internal static readonly Operator ZerosLike = new("aten::zeros_like");
    internal static readonly Operator Clone = new("aten::clone");
    internal static readonly Operator Contiguous = new("aten::contiguous");
    internal static readonly Operator To = new("aten::to.dtype_layout");
    internal static readonly Operator SetData = new("aten::set_data");
    internal static readonly Operator Detach = new("aten::detach");

    // shape and indexing
    internal static readonly Operator Reshape = new("aten::reshape");
    internal static readonly Operator Permute = new("aten::permute");
    internal static readonly Operator Transpose = new("aten::transpose.int");
    internal static readonly Operator Flatten = new("aten::flatten.using_ints");
    internal static readonly Operator Unsqueeze = new("aten::unsqueeze");
    internal static readonly Operator Slice = new("aten::slice.Tensor");
    internal static readonly Operator Select = new("aten::select.int");
    internal static readonly Operator Expand = new("aten::expand");
    internal static readonly Operator Concat = new("aten::cat");
    internal static readonly Operator Stack = new("aten::stack");
    internal static readonly Operator IndexSelect = new("aten::index_select");
    internal static readonly Operator Gather = new("aten::gather");
    internal static readonly Operator ScatterValueInPlace = new("aten::scatter_.value");

    // arithmetic
    internal static readonly Operator Add = new("aten::add.Tensor");
    internal static readonly Operator AddScalar = new("aten::add.Scalar");
    internal static readonly Operator Subtract = new("aten::sub.Tensor");
    internal static readonly Operator SubtractScalar = new("aten::sub.Scalar");
    internal static readonly Operator ReverseSubtractScalar = new("aten::rsub.Scalar");
    internal static readonly Operator Multiply = new("aten::mul.Tensor");
    internal static readonly Operator MultiplyScalar = new("aten::mul.Scalar");
    internal static readonly Operator Divide = new("aten::div.Tensor");
    internal static readonly Operator DivideScalar = new("aten::div.Scalar");
    internal static readonly Operator Reciprocal = new("aten::reciprocal");
    internal static readonly Operator Negate = new("aten::neg");
    internal static readonly Operator MatMul = new("aten::matmul");

    // in place
    internal static readonly Operator AddInPlace = new("aten::add_.Tensor");
    internal static readonly Operator AddScalarInPlace = new("aten::add_.Scalar");
    internal static readonly Operator LerpInPlace = new("aten::lerp_.Scalar");
    internal static readonly Operator FillInPlace = new("aten::fill_.Scalar");
    internal static readonly Operator CopyInPlace = new("aten::copy_");
    internal static readonly Operator NormalInPlace = new("aten::normal_");
    internal static readonly Operator UniformInPlace = new("aten::uniform_");

    // element-wise functions and comparisons
    internal static readonly Operator Exp = new("aten::exp");
    internal static readonly Operator Log = new("aten::log");
    internal static readonly Operator Sqrt = new("aten::sqrt");
    internal static readonly Operator ReciprocalSqrt = new("aten::rsqrt");
    internal static readonly Operator Pow = new("aten::pow.Tensor_Scalar");
    internal static readonly Operator Abs = new("aten::abs");
    internal static readonly Operator Sigmoid = new("aten::sigmoid");
    internal static readonly Operator Clamp = new("aten::clamp");
    internal static readonly Operator Maximum = new("aten::maximum");
    internal static readonly Operator Minimum = new("aten::minimum");
    internal static readonly Operator Where = new("aten::where.self");
    internal static readonly Operator GreaterScalar = new("aten::gt.Scalar");
    internal static readonly Operator IsFinite = new("aten::isfinite");

    // reductions
    internal static readonly Operator Sum = new("aten::sum");
    internal static readonly Operator SumDims = new("aten::sum.dim_IntList");
    internal static readonly Operator Mean = new("aten::mean");
    internal static readonly Operator Max = new("aten::max");
    internal static readonly Operator MaxDim = new("aten::max.dim");
    internal static readonly Operator Norm = new("aten::norm.Scalar");

    // network layers
    internal static readonly Operator Convolution = new("paa::convolution"); // at::conv2d, or a faster kernel for training
    internal static readonly Operator NormalizedConvolution = new("paa::normalized_convolution");
    internal static readonly Operator BlockedConvolution = new("paa_blocked::convolution");
    internal static readonly Operator BlockedNormalizedConvolution = new("paa_blocked::normalized_convolution");
    internal static readonly Operator BlockedMaxPool = new("paa_blocked::max_pool");
    internal static readonly Operator BlockedUpsample = new("paa_blocked::upsample");
    internal static readonly Operator BlockedToPlain = new("paa_blocked::to_plain");
    internal static readonly Operator BatchNorm = new("aten::batch_norm");
    internal static readonly Operator GroupNorm = new("paa::group_norm"); // at::group_norm, in single precision under autocast
    internal static readonly Operator Linear = new("aten::linear");
    internal static readonly Operator Relu = new("aten::relu");
    internal static readonly Operator ReluInPlace = new("aten::relu_");
    internal static readonly Operator MaxPool2d = new("aten::max_pool2d");
    internal static readonly Operator UpsampleNearest = new("aten::upsample_nearest2d");
    internal static readonly Operator GridSample = new("aten::grid_sampler");
    internal static readonly Operator BinaryCrossEntropyWithLogits = new("aten::binary_cross_entropy_with_logits");

    // lists of tensors, for optimisers
    internal static readonly Operator ForeachAdd = new("aten::_foreach_add.List");
    internal static readonly Operator ForeachAddInPlace = new("aten::_foreach_add_.List");
    internal static readonly Operator ForeachAddScalarInPlace = new("aten::_foreach_add_.Scalar");
    internal static readonly Operator ForeachMultiplyScalarInPlace = new("aten::_foreach_mul_.Scalar");
    internal static readonly Operator ForeachAddProductInPlace = new("aten::_foreach_addcmul_.Scalar");
    internal static readonly Operator ForeachAddQuotientInPlace = new("aten::_foreach_addcdiv_.ScalarList");
    internal static readonly Operator ForeachDivideInPlace = new("aten::_foreach_div_.ScalarList");
    internal static readonly Operator ForeachSqrt = new("aten::_foreach_sqrt");
    internal static readonly Operator AdamWInPlace = new("paa::adamw_"); // one pass, in host memory and single precision
    internal static readonly Operator ForeachNorm = new("aten::_foreach_norm.Scalar");
}
