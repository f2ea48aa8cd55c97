"""Prompts for the tokenizer's golden values: chosen ones, and seeded random ones made of what goes wrong in tokenizers."""

import random
import unicodedata

CHOSEN = [
    "",
    " ",
    "a",
    "a photo of an astronaut riding a horse on mars",
    "A Photo, of AN Astronaut!! (4K), 8k; 1024x768...",
    "it's they're I've we'll he'd I'm don't IT'S THEY'RE 'tis rock'n'roll ''s '' 's",
    "smiling face with heart-eyes 😍 thumbs up 👍🏽 family 👨‍👩‍👧‍👦 flag 🏳️‍🌈 🇩🇪 keycap 1️⃣ heart ❤️",
    "café naïve Ångström \u00c5 A\u030a \u212b cafe\u0301 nai\u0308ve a\u0323\u0307 a\u0307\u0323 \u1e69 s\u0323\u0307",
    "İstanbul ISTANBUL ıi STRASSE straße ẞ ΣΊΣΥΦΟΣ ὈΔΥΣΣΕΎΣ ǅ Ǆ ǆ ﬁ K Ω",
    "漢字とかなカナ 한국어 한글 \u1112\u1161\u11ab ㄱ 简体 繁體",
    "العَرَبِيَّة עִבְרִית हिन्दी தமிழ் ไทยสวัสดี ລາວ မြန်မာ አማርኛ ᏣᎳᎩ ᏸ Ꭰ",
    "½ ² ³ Ⅷ ⅷ ٣٤ ๓๔ ①② 一二 𝟘𝟙 1e10 3.14 -2",
    "a\u00a0b\u3000c\u2003d\u2028e\u0085f\u200bg\u200ch\u200di\ufeffj\u180ek\u00adl",
    "tab\tnew\nline\r\nform\fvt\v  many   blanks \x1c\x1d\x1e\x1f end ",
    "nul\x00bell\x07esc\x1bdel\x7f c1\x80\x9f",
    "<|startoftext|> <|endoftext|> <|ENDOFTEXT|> a<|endoftext|>b <|startoftext|>!! <| endoftext |> <|endoftext|<|endoftext|>",
    "a</w>b </w> w>",
    "(word:1.2) [word] BREAK <lora:x:1> {a|b} a::1 \\(b\\)",
    "\u0301a \u0301\u0300 \u1100\u1161\u11a8 \uac00\u11a8 \u0958 \u2adc \uf900 \U0002f800 \u0344 \u037e \u0387 \u0340",
    "\u0b47\u0b3e \u1025\u102e \u1b05\u1b35 \U00011131\U00011127 \U000105d2\u0307 \U00011935\U00011930 \U0001d15e",
    "\ue000 \ufffd \ufffe \uffff \U000e0041 \U0010ffff \u0378 \U0001fae9 \U00010d4a \U000323b0",
    "hyperrealistic" * 20,
    "!" * 50,
    "0123456789" * 8,
    " ".join("the quick brown fox jumps over the lazy dog".split() * 12),
]

SPACES = [9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, 0x2000, 0x2003, 0x200B, 0x200C, 0x200D, 0x2028, 0x2029, 0x202F,
          0x205F, 0x3000, 0xFEFF, 0x180E, 0, 1, 0x1C, 0x1F]
EMOJI = ["👨‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪", "❤️", "1️⃣", "😀", "🤷🏼‍♂️"]
WORDS = (
    "a photo of the astronaut riding horses on Mars it's they're I've we'll he'd I'm don't 'S 'RE 4k 8K 1024x768 red blue "
    "green background face cat dog Straße ÉCOLE naïve İstanbul ΣΊΣΥΦΟΣ ẞ Ωmega Ⅷ ½ ² ٣ ๓ สวัสดี 漢字 かな カナ 한국어 العَرَبِيَّة "
    "עִבְרִית हिन्दी ﬁ \u212b \u212a \u2126 e\u0301 a\u0323\u0307 unreal engine, trending hyper-realistic (word:1.2)"
).split(" ")
BLOCKS = [
    (0x20, 0x7F), (0x80, 0x250), (0x250, 0x370), (0x370, 0x530), (0x590, 0x750), (0x900, 0xE00), (0xE00, 0x1000),
    (0x1000, 0x1400), (0x1E00, 0x2000), (0x2000, 0x2C00), (0x3000, 0x3400), (0x4E00, 0x5000), (0xA000, 0xAC00),
    (0xAC00, 0xAD00), (0x1100, 0x1200), (0xF900, 0x10000), (0x10000, 0x11C00), (0x16A00, 0x17000), (0x1B000, 0x1C000),
    (0x1D000, 0x1F000), (0x1F300, 0x1FB00), (0x20000, 0x20100), (0x2F800, 0x2FA20), (0xE0000, 0xE01F0),
]
ALL = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
ASSIGNED = [code for code in ALL if unicodedata.category(chr(code)) not in ("Cn", "Co")]
MARKS = [code for code in ASSIGNED if unicodedata.combining(chr(code))]
COMPOSED = [code for code in ASSIGNED if (unicodedata.decomposition(chr(code)) or "<")[0] != "<"]


def bits(random, specials):
    """One word, character or special token."""
    kind = random.random()
    if kind < 0.25:
        return random.choice(WORDS)
    if kind < 0.35:
        return chr(random.choice(SPACES))
    if kind < 0.40:
        return random.choice(EMOJI)
    if kind < 0.50:
        return chr(random.choice(MARKS))
    if kind < 0.62:
        text = chr(random.choice(COMPOSED))
        return text if kind < 0.58 else unicodedata.normalize("NFD", text)
    if kind < 0.72:
        text = random.choice(specials)
        return text if kind < 0.70 else random.choice([text.upper(), text.title(), text[:-1], text[1:]])
    if kind < 0.76:
        return chr(random.choice(ASSIGNED if kind < 0.75 else ALL))
    if kind < 0.92:
        return chr(random.randrange(*random.choice(BLOCKS)))
    return random.choice(" '!?.,<>|/w-_\"")


def random_prompts(count, seed, specials):
    generator = random.Random(seed)
    specials = sorted(set(specials) | {"<|startoftext|>", "<|endoftext|>", "<|endoftext", "</w>"})
    prompts = []
    for _ in range(count):
        kind = generator.random()
        if kind < 0.1:
            block = generator.choice(BLOCKS)
            prompts.append("".join(chr(generator.randrange(*block)) for _ in range(generator.randrange(40))))
        elif kind < 0.25:
            prompts.append(" ".join(generator.choice(WORDS) for _ in range(generator.randrange(60))))
        else:
            length = generator.choice([0, 1, 2, 3, 5, 8, 13, 30, 80])
            prompts.append("".join(bits(generator, specials) for _ in range(length)))
    return prompts
