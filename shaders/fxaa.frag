#version 330 core
// Smooths the steps of edges in a finished picture, after the ideas of FXAA (T. Lottes, NVIDIA, 2009): find the
// edge that a pixel lies on, walk along it to its nearer end, and mix in as much of the pixel across the edge as
// a straight line between the ends would cover. Drawn only where edges.frag found an edge of a shape.
uniform sampler2D picture_map;       // the picture, sRGB as it will be shown
out vec4 pixel;

const float FAINT = 0.03;            // least contrast worth smoothing, of sRGB luma
const float RELATIVE = 0.1;          // the same beside the brightest neighbour
const float SPECK = 0.5;             // most that a speck smaller than a pixel is mixed with what is beside it
const int REACH = 16;                // pixels walked along an edge, either way

vec3 colour(ivec2 p) {
    return texelFetch(picture_map, clamp(p, ivec2(0), textureSize(picture_map, 0) - 1), 0).rgb;
}

float luma(ivec2 p) {
    return dot(colour(p), vec3(0.299, 0.587, 0.114));
}

// Steps until the two rows of an edge no longer average to its `level`; `drift` is by how much they differ there.
float walked(ivec2 p, ivec2 ahead, ivec2 across, float level, float tolerance, out float drift) {
    int steps = 0;
    do {
        steps++;
        p += ahead;
        drift = 0.5 * (luma(p) + luma(p + across)) - level;
    } while (abs(drift) < tolerance && steps < REACH);
    return float(steps);
}

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    const ivec2 X = ivec2(1, 0), Y = ivec2(0, 1);
    float m = luma(here);
    float w = luma(here - X), e = luma(here + X), s = luma(here - Y), n = luma(here + Y);
    float most = max(m, max(max(w, e), max(s, n)));
    float range = most - min(m, min(min(w, e), min(s, n)));
    if (range < max(FAINT, most * RELATIVE)) discard;

    float sw = luma(here - X - Y), se = luma(here + X - Y), nw = luma(here - X + Y), ne = luma(here + X + Y);
    float over = 2.0 * abs(n + s - 2.0 * m) + abs(ne + se - 2.0 * e) + abs(nw + sw - 2.0 * w);
    float beside = 2.0 * abs(e + w - 2.0 * m) + abs(ne + nw - 2.0 * n) + abs(se + sw - 2.0 * s);
    bool level_edge = over >= beside;
    float before = level_edge ? s : w, after = level_edge ? n : e;
    bool forward = abs(after - m) >= abs(before - m);
    ivec2 across = (level_edge ? Y : X) * (forward ? 1 : -1);
    ivec2 along = level_edge ? X : Y;

    float level = 0.5 * (m + (forward ? after : before));
    float tolerance = 0.5 * abs(m - level);
    float drift_back, drift_on;
    float back = walked(here, -along, across, level, tolerance, drift_back);
    float on = walked(here, along, across, level, tolerance, drift_on);
    float drift = back < on ? drift_back : drift_on;
    bool ours = (drift < 0.0) != (m < level);        // the edge steps over to this pixel's row, not away from it
    float edge = ours ? 0.5 - (min(back, on) - 0.5) / (back + on - 1.0) : 0.0;

    float around = (2.0 * (n + s + e + w) + nw + ne + sw + se) / 12.0;
    float speck = smoothstep(0.0, 1.0, min(abs(around - m) / range, 1.0));
    float share = max(edge, SPECK * speck * speck);

    vec3 own = colour(here), other = colour(here + across);
    pixel = vec4(sqrt(mix(own * own, other * other, share)), 1.0);   // in linear light, near enough
}
