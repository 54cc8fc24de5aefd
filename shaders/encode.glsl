// Opaque pixels are encoded as sRGB here, once a pixel, rather than by the hardware once a sample (a quarter
// of a frame on software OpenGL); blended ones are left to the hardware, which blends them in linear light.
// Targets of linear formats get all pixels linear.
vec3 encoded(vec3 linear) {
#ifdef BLENDED
    return linear;
#else
    if (eye_position.w > 0.5) return linear;
    vec3 c = clamp(linear, 0.0, 1.0);
    return mix(c * 12.92, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, greaterThan(c, vec3(0.0031308)));
#endif
}
