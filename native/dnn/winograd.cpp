#include "winograd.h"

#include "vectorised.h"

#if DNNL_VERSION_MAJOR < 3

namespace {

constexpr int lanes = 16, taps = 3, tile = 6;

// Interpolation at 0, +-5/8, +-3/2 and infinity, the points of oneDNN's kernel: row p is (1, p, p^2) over the product of p's
// distances to the other points.
constexpr double near = 5.0 / 8, far = 3.0 / 2;
constexpr double at_zero = 1 / (near * near * far * far);
constexpr double at_near = 1 / (2 * near * near * (near * near - far * far));
constexpr double at_far = 1 / (2 * far * far * (far * far - near * near));
constexpr float G[tile][taps] = {
    {float(at_zero), 0, 0},
    {float(at_near), float(at_near * near), float(at_near * near * near)},
    {float(at_near), float(-at_near * near), float(at_near * near * near)},
    {float(at_far), float(at_far * far), float(at_far * far * far)},
    {float(at_far), float(-at_far * far), float(at_far * far * far)},
    {0, 0, 1},
};

// Blocks of sixteen outputs by sixteen inputs, in groups of blocks: [O / group][6][6][I / group][group O][group I][16 i][16 o].
struct Blocks {
    int64_t inputs, outputs, group_i, group_o;

    explicit Blocks(const dnnl_wino_desc_t& layout)
        : inputs(layout.ic), outputs(layout.oc), group_i(layout.ic2_block), group_o(layout.oc2_block) {}

    // Floats between neighbours in a row or column of the transformed kernel.
    int64_t column() const { return inputs * group_o * lanes; }
    int64_t row() const { return tile * column(); }

    // Where the sixteen outputs of a block begin, for an input.
    int64_t start(int64_t block, int64_t input) const {
        const int64_t block_i = input / lanes;
        const int64_t inner = (block % group_o * group_i + block_i % group_i) * lanes + input % lanes;
        return block / group_o * tile * row() + (block_i / group_i * group_o * group_i * lanes + inner) * lanes;
    }
};

PAA_VECTORISED
void transform(const float* weights, const Blocks& blocks, float* result) {
    constexpr int kernel = taps * taps;
    const int64_t column = blocks.column(), row = blocks.row();
    for (int64_t block = 0; block < blocks.outputs / lanes; block++)
        for (int64_t input = 0; input < blocks.inputs; input++) {
            float w[kernel][lanes], half[tile][taps][lanes];  // half: G w
            for (int o = 0; o < lanes; o++)
                for (int t = 0; t < kernel; t++) w[t][o] = weights[((block * lanes + o) * blocks.inputs + input) * kernel + t];
            for (int y = 0; y < tile; y++)
                for (int t = 0; t < taps; t++)
                    for (int o = 0; o < lanes; o++)
                        half[y][t][o] = G[y][0] * w[t][o] + G[y][1] * w[taps + t][o] + G[y][2] * w[2 * taps + t][o];
            float* place = result + blocks.start(block, input);
            for (int y = 0; y < tile; y++)
                for (int x = 0; x < tile; x++)
                    for (int o = 0; o < lanes; o++)
                        place[y * row + x * column + o] = half[y][0][o] * G[x][0] + half[y][1][o] * G[x][1] + half[y][2][o] * G[x][2];
        }
}

}  // namespace

bool paa::can_transform(const dnnl::memory::desc& layout) {
    if (layout.data.format_kind != dnnl_format_kind_wino || layout.data.data_type != dnnl_f32) return false;
    const auto& own = layout.data.format_desc.wino_desc;
    return own.wino_format == dnnl_wino_wei_OBaaIBOIio && own.r == taps && own.alpha == tile && own.adj_scale == 1 &&
           own.ic_block == lanes && own.oc_block == lanes && own.ic % (lanes * own.ic2_block) == 0 &&
           own.oc % (lanes * own.oc2_block) == 0 && own.oc == layout.data.dims[0] && own.ic == layout.data.dims[1];
}

void paa::transform_weights(const float* weights, const dnnl::memory::desc& layout, float* result) {
    transform(weights, Blocks(layout.data.format_desc.wino_desc), result);
}

#else

bool paa::can_transform(const dnnl::memory::desc&) { return false; }

void paa::transform_weights(const float*, const dnnl::memory::desc&, float*) {}

#endif
