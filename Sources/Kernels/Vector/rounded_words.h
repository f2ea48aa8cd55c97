// Integers of 16 bits in lanes of 32, as they come from floats.

/// The bits of 1.5 · 2^23 + 2^15: what a zero becomes.
enum { rounded_zero = 0x4b408000 };

/// round(x · factor), to nearest even, for results that fit in 16 bits: their low halves are 2^15 too large, so that the
/// upper ones are all the same.
DK_INLINE words16 rounded_words(floats16 x, floats16 factor) {
    // The sum leaves no fraction bits: its low bits are the integer's.
    return (words16)(x * factor + splat(0x1.81p23f));
}

/// The low halves of two vectors beside each other, lane by lane, where the upper half of each `a` is that of `zero`; the low
/// half of `zero` is taken off.
DK_INLINE halves32 joined_halves(words16 a, words16 b, uint32_t zero) {
    // The compiler would make of a mask and an or what processors take longer for.
    return (halves32)(a ^ (b << 16) ^ (zero ^ zero << 16));
}

/// The integers of two vectors of rounded words beside each other.
DK_INLINE halves32 joined_words(words16 a, words16 b) { return joined_halves(a, b, rounded_zero); }

/// The integers of one.
DK_INLINE halves16 single_words(words16 a) { return __builtin_convertvector(a ^ rounded_zero, halves16); }
