/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What bench/quality.py needs beside the programs of the codecs: how like two pictures are (SSIMULACRA 2.1, written
 * from its published description), and JPEGs as High quality makes them.
 *
 *   bench_quality score A.ppm B.ppm                      100 is the same; 90 cannot be told apart; 70 is a high quality
 *   bench_quality jpeg IN.ppm QUALITY 420|444 OUT.jpg    progressive
 *   bench_quality ppm IN.jpg OUT.ppm
 *   bench_quality noise IN.ppm STEPS OUT.ppm             each sample moved by up to STEPS: for a test of the measure */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include <glib.h>

struct rgb {
    unsigned width, height;
    unsigned char *bytes;
};

static struct rgb read_ppm(const char *path)
{
    char *file = NULL;
    gsize size = 0;
    struct rgb rgb = {0};
    unsigned most = 0;
    int head = 0;
    if (!g_file_get_contents(path, &file, &size, NULL) ||
        sscanf(file, "P6 %u %u %u%n", &rgb.width, &rgb.height, &most, &head) != 3 || most != 255 ||
        size < (gsize)head + 1 + (gsize)rgb.width * rgb.height * 3) {
        fprintf(stderr, "%s is no PPM of 8 bits.\n", path);
        exit(2);
    }
    rgb.bytes = g_memdup2(file + head + 1, (gsize)rgb.width * rgb.height * 3);
    g_free(file);
    return rgb;
}

static void write_ppm(const char *path, const struct rgb *rgb)
{
    FILE *out = fopen(path, "wb");
    if (!out || fprintf(out, "P6\n%u %u\n255\n", rgb->width, rgb->height) < 0 ||
        fwrite(rgb->bytes, 3, (size_t)rgb->width * rgb->height, out) != (size_t)rgb->width * rgb->height ||
        fclose(out) != 0) {
        perror(path);
        exit(2);
    }
}

/* ---- SSIMULACRA 2.1 ---- */

/* Three planes of linear light, or of XYB. */
struct planes {
    unsigned width, height;
    float *data[3];
};

static struct planes planes_new(unsigned width, unsigned height)
{
    struct planes planes = {width, height, {NULL}};
    for (unsigned c = 0; c < 3; c++)
        planes.data[c] = g_malloc_n((gsize)width * height, sizeof(float));
    return planes;
}

static void planes_free(struct planes *planes)
{
    for (unsigned c = 0; c < 3; c++)
        g_free(planes->data[c]);
}

static struct planes linear_of(const struct rgb *rgb)
{
    struct planes out = planes_new(rgb->width, rgb->height);
    float table[256];
    for (unsigned i = 0; i < 256; i++) {
        double v = i / 255.0;
        table[i] = (float)(v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    for (size_t i = 0; i < (size_t)rgb->width * rgb->height; i++)
        for (unsigned c = 0; c < 3; c++)
            out.data[c][i] = table[rgb->bytes[3 * i + c]];
    return out;
}

/* XYB as JPEG XL defines it, then moved and stretched so that all of it is positive. */
static struct planes xyb_of(const struct planes *linear)
{
    static const float mix[3][3] = {{0.30F, 0.622F, 0.078F},
                                    {0.23F, 0.692F, 0.078F},
                                    {0.24342268924547819F, 0.20476744424496821F, 0.55180986650955360F}};
    static const float bias = 0.0037930732552754493F;
    struct planes out = planes_new(linear->width, linear->height);
    float root = cbrtf(bias);
    for (size_t i = 0; i < (size_t)linear->width * linear->height; i++) {
        float cone[3];
        for (unsigned k = 0; k < 3; k++) {
            float sum = bias;
            for (unsigned c = 0; c < 3; c++)
                sum += mix[k][c] * linear->data[c][i];
            cone[k] = cbrtf(MAX(sum, 0)) - root;
        }
        float x = (cone[0] - cone[1]) / 2, y = (cone[0] + cone[1]) / 2, b = cone[2];
        out.data[0][i] = x * 14 + 0.42F;
        out.data[1][i] = y + 0.01F;
        out.data[2][i] = b - y + 0.55F;
    }
    return out;
}

static struct planes halve(const struct planes *from)
{
    struct planes out = planes_new((from->width + 1) / 2, (from->height + 1) / 2);
    for (unsigned c = 0; c < 3; c++)
        for (unsigned y = 0; y < out.height; y++)
            for (unsigned x = 0; x < out.width; x++) {
                unsigned x1 = MIN(2 * x + 1, from->width - 1), y1 = MIN(2 * y + 1, from->height - 1);
                const float *plane = from->data[c];
                out.data[c][(size_t)y * out.width + x] =
                    (plane[(size_t)2 * y * from->width + 2 * x] + plane[(size_t)2 * y * from->width + x1] +
                     plane[(size_t)y1 * from->width + 2 * x] + plane[(size_t)y1 * from->width + x1]) /
                    4;
            }
    return out;
}

enum { RADIUS = 5 };

/* A Gaussian of sigma 1.5; what lies outside of the picture does not count. */
static void blur(const float *from, unsigned width, unsigned height, float *scratch, float *to)
{
    float kernel[RADIUS + 1];
    for (unsigned i = 0; i <= RADIUS; i++)
        kernel[i] = expf(-(float)(i * i) / (2 * 1.5F * 1.5F));
    for (unsigned pass = 0; pass < 2; pass++) {
        const float *in = pass ? scratch : from;
        float *out = pass ? to : scratch;
        unsigned length = pass ? height : width;
        size_t step = pass ? width : 1;
        for (unsigned y = 0; y < height; y++)
            for (unsigned x = 0; x < width; x++) {
                int at = (int)(pass ? y : x);
                size_t here = (size_t)y * width + x;
                float sum = 0, weight = 0;
                for (int d = -RADIUS; d <= RADIUS; d++) {
                    if (at + d < 0 || at + d >= (int)length)
                        continue;
                    float w = kernel[d < 0 ? -d : d];
                    sum += w * in[(size_t)((ptrdiff_t)here + d * (ptrdiff_t)step)];
                    weight += w;
                }
                out[here] = sum / weight;
            }
    }
}

/* The means and fourth-power means of three maps: structure, artifacts, lost detail. */
struct errors {
    double norm[2][3];
};

static double fourth(double v)
{
    return v * v * v * v;
}

static struct errors compare_plane(const float *a, const float *b, unsigned width, unsigned height)
{
    size_t n = (size_t)width * height;
    float *buffers = g_malloc_n(n * 7, sizeof(float));
    float *scratch = buffers, *product = buffers + n, *mean_a = buffers + 2 * n, *mean_b = buffers + 3 * n;
    float *square_a = buffers + 4 * n, *square_b = buffers + 5 * n, *both = buffers + 6 * n;
    blur(a, width, height, scratch, mean_a);
    blur(b, width, height, scratch, mean_b);
    for (unsigned k = 0; k < 3; k++) {
        for (size_t i = 0; i < n; i++)
            product[i] = k == 0 ? a[i] * a[i] : k == 1 ? b[i] * b[i] : a[i] * b[i];
        blur(product, width, height, scratch, k == 0 ? square_a : k == 1 ? square_b : both);
    }
    double sums[2][3] = {{0}};
    for (size_t i = 0; i < n; i++) {
        static const double C2 = 0.0009;
        double ma = mean_a[i], mb = mean_b[i];
        double luma = 1 - (ma - mb) * (ma - mb), structure = 2 * (both[i] - ma * mb) + C2;
        double spread = (square_a[i] - ma * ma) + (square_b[i] - mb * mb) + C2;
        double edge = (1 + fabs(b[i] - mb)) / (1 + fabs(a[i] - ma)) - 1;
        double values[3] = {MAX(1 - luma * structure / spread, 0), MAX(edge, 0), MAX(-edge, 0)};
        for (unsigned k = 0; k < 3; k++) {
            sums[0][k] += values[k];
            sums[1][k] += fourth(values[k]);
        }
    }
    g_free(buffers);
    struct errors errors;
    for (unsigned k = 0; k < 3; k++) {
        errors.norm[0][k] = sums[0][k] / (double)n;
        errors.norm[1][k] = sqrt(sqrt(sums[1][k] / (double)n));
    }
    return errors;
}

enum { SCALES = 6 };
/* The published weights of version 2.1: by channel X, Y, B; scale; norm; map. */
static const double weights[3][SCALES][2][3] = {
    {{{0, 0.0007376606707406586, 0}, {0, 0.0007793481682867309, 0}},
     {{0, 0.0004371155730107379, 0}, {1.1041726426657346, 0.00066284834129271, 0.00015231632783718752}},
     {{0, 0.0016406437456599754, 0}, {1.8422455520539298, 11.441172603757666, 0}},
     {{0.0007989109436015163, 0.000176816438078653, 0}, {1.8787594979546387, 10.94906990605142, 0}},
     {{0.0007289346991508072, 0.9677937080626833, 0},
      {0.00014003424285435884, 0.9981766977854967, 0.00031949755934435053}},
     {{0.0004550992113792063, 0, 0}, {0.0013648766163243398, 0, 0}}},
    {{{0, 0, 0}, {7.466890328078848, 0, 17.445833984131262}},
     {{0.0006235601634041466, 0, 0}, {6.683678146179332, 0.00037724407979611296, 1.027889937768264}},
     {{225.20515300849274, 0, 0}, {19.213238186143016, 0.0011401524586618361, 0.001237755635509985}},
     {{176.39317598450694, 0, 0}, {24.43300999870476, 0.28520802612117757, 0.0004485436923833408}},
     {{0, 0, 0}, {34.77906344483772, 44.835625328877896, 0}},
     {{0, 0, 0}, {0, 0, 0}}},
    {{{0, 0.0008680556573291698, 0}, {0, 0, 0}},
     {{0, 0.0005313191874358747, 0}, {0.00016533814161379112, 0, 0}},
     {{0, 0, 0}, {0.0004179171803251336, 0.0017290828234722833, 0}},
     {{0.0020827005846636437, 0, 0}, {8.826982764996862, 23.19243343998926, 0}},
     {{95.1080498811086, 0.9863978034400682, 0.9834382792465353},
      {0.0012286405048278493, 171.2667255897307, 0.9807858872435379}},
     {{0, 0, 0}, {0.0005130064588990679, 0, 0.00010854057858411537}}},
};

static double score(const struct rgb *first, const struct rgb *second)
{
    struct planes a = linear_of(first), b = linear_of(second);
    double sum = 0;
    for (unsigned scale = 0; scale < SCALES && a.width >= 8 && a.height >= 8; scale++) {
        struct planes xyb_a = xyb_of(&a), xyb_b = xyb_of(&b);
        for (unsigned c = 0; c < 3; c++) {
            struct errors errors = compare_plane(xyb_a.data[c], xyb_b.data[c], a.width, a.height);
            for (unsigned norm = 0; norm < 2; norm++)
                for (unsigned map = 0; map < 3; map++)
                    sum += weights[c][scale][norm][map] * errors.norm[norm][map];
        }
        struct planes next_a = halve(&a), next_b = halve(&b);
        planes_free(&xyb_a), planes_free(&xyb_b), planes_free(&a), planes_free(&b);
        a = next_a, b = next_b;
    }
    planes_free(&a), planes_free(&b);
    sum *= 0.9562382616834844;
    sum = 2.326765642916932 * sum - 0.020884521182843837 * sum * sum + 6.248496625763138e-05 * sum * sum * sum;
    return sum > 0 ? 100 - 10 * pow(sum, 0.6276336467831387) : 100;
}

/* ---- the rest ---- */

static int write_jpeg(const char *from, int quality, int subsampling, const char *to)
{
    struct rgb rgb = read_ppm(from);
    tjhandle encoder = tjInitCompress();
    unsigned char *file = NULL;
    unsigned long size = 0;
    bool ok = tjCompress2(encoder, rgb.bytes, (int)rgb.width, 0, (int)rgb.height, TJPF_RGB, &file, &size, subsampling,
                          quality, TJFLAG_PROGRESSIVE | TJFLAG_ACCURATEDCT) == 0 &&
              g_file_set_contents(to, (char *)file, (gssize)size, NULL);
    return ok ? 0 : 2;
}

static int write_pixels(const char *from, const char *to)
{
    char *file = NULL;
    gsize size = 0;
    int width, height, subsampling, colours;
    tjhandle decoder = tjInitDecompress();
    if (!g_file_get_contents(from, &file, &size, NULL) ||
        tjDecompressHeader3(decoder, (unsigned char *)file, size, &width, &height, &subsampling, &colours) != 0)
        return 2;
    struct rgb rgb = {(unsigned)width, (unsigned)height, g_malloc((gsize)width * (gsize)height * 3)};
    if (tjDecompress2(decoder, (unsigned char *)file, size, rgb.bytes, width, 0, height, TJPF_RGB,
                      TJFLAG_ACCURATEDCT) != 0)
        return 2;
    write_ppm(to, &rgb);
    return 0;
}

static int add_noise(const char *from, int steps, const char *to)
{
    struct rgb rgb = read_ppm(from);
    g_autoptr(GRand) dice = g_rand_new_with_seed(7);
    for (size_t i = 0; i < (size_t)rgb.width * rgb.height * 3; i++) {
        int value = rgb.bytes[i] + g_rand_int_range(dice, -steps, steps + 1);
        rgb.bytes[i] = (unsigned char)CLAMP(value, 0, 255);
    }
    write_ppm(to, &rgb);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "score") == 0) {
        struct rgb a = read_ppm(argv[2]), b = read_ppm(argv[3]);
        if (a.width != b.width || a.height != b.height)
            return 2;
        printf("%.3f\n", score(&a, &b));
        return 0;
    }
    if (argc == 6 && strcmp(argv[1], "jpeg") == 0)
        return write_jpeg(argv[2], (int)g_ascii_strtoll(argv[3], NULL, 10),
                          strcmp(argv[4], "444") == 0 ? TJSAMP_444 : TJSAMP_420, argv[5]);
    if (argc == 4 && strcmp(argv[1], "ppm") == 0)
        return write_pixels(argv[2], argv[3]);
    if (argc == 5 && strcmp(argv[1], "noise") == 0)
        return add_noise(argv[2], (int)g_ascii_strtoll(argv[3], NULL, 10), argv[4]);
    fputs("bench_quality score|jpeg|ppm|noise …\n", stderr);
    return 2;
}
