package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Tokenizer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Answers held to a shape: Jackson's parser says what JSON is, and a slow walk over single tokens what may come next. */
class ShapedTokensTest {
    private static final JsonMapper JACKSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");

    @Test
    void takesEveryObjectThatJacksonWrites() throws JsonProcessingException {
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 2_000; i++) {
            Object value = object(random, 4);
            String plain = JACKSON.writeValueAsString(value);
            String pretty = JACKSON.writerWithDefaultPrettyPrinter().writeValueAsString(value);
            assertThat(complete(AnswerShape.JSON_OBJECT, plain)).as(plain).isTrue();
            assertThat(complete(AnswerShape.JSON_OBJECT, pretty)).as(pretty).isTrue();
        }
    }

    @Test
    void takesADamagedObjectWhereJacksonDoes() throws JsonProcessingException {
        SplittableRandom random = new SplittableRandom(4);
        String letters = "{}[]\":,\\ \n0129-+.eEtrufalsn/xé\u0001";
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(JACKSON.writeValueAsString(object(random, 3)));
            for (int change = 0; change <= random.nextInt(2); change++) {
                int at = random.nextInt(text.length());
                char letter = letters.charAt(random.nextInt(letters.length()));
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, letter);
                    case 1 -> text.insert(at, letter);
                    default -> text.deleteCharAt(at);
                }
            }
            boolean object = isObject(text.toString());
            refused += object ? 0 : 1;
            assertThat(complete(AnswerShape.JSON_OBJECT, text.toString()))
                    .as(text.toString())
                    .isEqualTo(object);
        }
        assertThat(refused).isBetween(5_000, 19_000);
    }

    @Test
    void randomTokensEndAsAnObject() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            ShapedTokens tokens = new ShapedTokens(tokenizer);
            for (int seed = 0; seed < 200; seed++) {
                String text = drawn(tokenizer, tokens.filter(AnswerShape.JSON_OBJECT), new SplittableRandom(seed));
                assertThat(isObject(text)).as(text).isTrue();
            }
        }
    }

    @Test
    void allowsTheTokensThatComeByteByByte() {
        AnswerShape call = new AnswerShape(List.of("CALL f(", "CALL gg("), ")!");
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            ShapedTokens tokens = new ShapedTokens(tokenizer);
            for (AnswerShape shape : List.of(AnswerShape.JSON_OBJECT, call)) {
                SplittableRandom random = new SplittableRandom(5);
                for (int round = 0; round < 20; round++) {
                    ShapedTokens.Filter filter = tokens.filter(shape);
                    ShapeState state = ShapeState.start(shape);
                    for (int step = 0; step < 30 && !state.complete(); step++) {
                        assertThat(filter.allowed()).isEqualTo(oneByOne(tokenizer, state));
                        int id = pick(filter.allowed(), random);
                        filter.accept(id);
                        state = Objects.requireNonNull(after(state, tokenizer.spelling(id)));
                    }
                }
            }
        }
    }

    @Test
    void onlyAnEndComesAfterTheEnd() {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            ShapedTokens.Filter filter = new ShapedTokens(tokenizer).filter(AnswerShape.JSON_OBJECT);
            for (int id : tokenizer.encode("{}", false)) {
                assertThat(filter.allowed().get(id)).isTrue();
                filter.accept(id);
            }
            assertThat(filter.allowed().stream()).containsExactly(0, 2); // <|endoftext|>, <|im_end|>
            assertThatThrownBy(() -> filter.accept(tokenizer.encode("a", false)[0]))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void whiteSpaceAndNestingAreBounded() {
        assertThat(complete(AnswerShape.JSON_OBJECT, "{\n" + " ".repeat(31) + "}"))
                .isTrue();
        assertThat(complete(AnswerShape.JSON_OBJECT, "{\n" + " ".repeat(32) + "}"))
                .isFalse();
        assertThat(complete(AnswerShape.JSON_OBJECT, " \t{  \r\n }")).isTrue();
        assertThat(complete(AnswerShape.JSON_OBJECT, "   {}")).isFalse();
        assertThat(complete(AnswerShape.JSON_OBJECT, "{   }")).isFalse();
        assertThat(complete(AnswerShape.JSON_OBJECT, "{\"a\":" + "[".repeat(31) + "]".repeat(31) + "}"))
                .isTrue();
        assertThat(complete(AnswerShape.JSON_OBJECT, "{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}"))
                .isFalse();
        assertThat(complete(AnswerShape.JSON_OBJECT, "{} ")).isFalse();
        assertThat(complete(AnswerShape.JSON_OBJECT, "[]")).isFalse();
    }

    @Test
    void refusesBytesThatAreNoCharacters() {
        for (byte[] wrong : List.of(
                new byte[] {(byte) 0xC0, (byte) 0x80},
                new byte[] {(byte) 0xE0, (byte) 0x80, (byte) 0x80},
                new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                new byte[] {(byte) 0xF0, (byte) 0x80, (byte) 0x80, (byte) 0x80},
                new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
                new byte[] {(byte) 0xE2, (byte) 0x82, '"'},
                new byte[] {(byte) 0x80})) {
            ShapeState inText =
                    after(ShapeState.start(AnswerShape.JSON_OBJECT), "{\"".getBytes(StandardCharsets.UTF_8));
            assertThat(after(Objects.requireNonNull(inText), wrong)).isNull();
        }
    }

    @Test
    void openingsDontBeginEachOther() {
        assertThatThrownBy(() -> new AnswerShape(List.of("f(", "f(("), ""))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("begins alike");
    }

    private static String drawn(Tokenizer tokenizer, ShapedTokens.Filter filter, SplittableRandom random) {
        List<Integer> ids = new ArrayList<>();
        ShapeState state = ShapeState.start(AnswerShape.JSON_OBJECT);
        while (!state.complete()) {
            int id = ids.size() < 60 ? pick(filter.allowed(), random) : closer(tokenizer, filter.allowed(), state);
            filter.accept(id);
            state = Objects.requireNonNull(after(state, tokenizer.spelling(id)));
            ids.add(id);
        }
        return tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray(), true);
    }

    /** The token that brings the answer nearer to its end. */
    private static int closer(Tokenizer tokenizer, BitSet allowed, ShapeState state) {
        boolean inText = state.part().name().endsWith("TEXT");
        for (String letter : List.of(inText ? "\"" : "}", "]", ":", "\"", "0", "e", "u", "l", "a", "s", "r", "n")) {
            int id = tokenizer.encode(letter, false)[0];
            if (allowed.get(id)) {
                return id;
            }
        }
        return allowed.nextSetBit(0);
    }

    private static int pick(BitSet allowed, SplittableRandom random) {
        int[] all = allowed.stream().toArray();
        return all[random.nextInt(all.length)];
    }

    private static BitSet oneByOne(Tokenizer tokenizer, ShapeState state) {
        BitSet allowed = new BitSet();
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            if (!tokenizer.isControl(id) && after(state, tokenizer.spelling(id)) != null) {
                allowed.set(id);
            }
        }
        return allowed;
    }

    private static boolean complete(AnswerShape shape, String text) {
        ShapeState state = after(ShapeState.start(shape), text.getBytes(StandardCharsets.UTF_8));
        return state != null && state.complete();
    }

    private static @Nullable ShapeState after(ShapeState start, byte @Nullable [] bytes) {
        ShapeState state = bytes == null ? null : start;
        for (byte b : bytes == null ? new byte[0] : bytes) {
            state = state == null ? null : state.after(b & 0xff);
        }
        return state;
    }

    private static boolean isObject(String text) {
        try {
            JsonNode node = JACKSON.readTree(text);
            return node.isObject() && text.equals(text.stripTrailing());
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static Map<String, Object> object(SplittableRandom random, int depth) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            object.put(text(random), value(random, depth - 1));
        }
        return object;
    }

    private static @Nullable Object value(SplittableRandom random, int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 6)) {
            case 0 -> text(random);
            case 1 -> random.nextInt(-1_000, 1_000);
            case 2 -> random.nextDouble() * Math.pow(10, random.nextInt(-30, 30));
            case 3 -> random.nextBoolean();
            case 4 -> 0;
            case 5 -> null;
            case 6 -> object(random, depth);
            default -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(value(random, depth - 1));
                }
                yield list;
            }
        };
    }

    private static String text(SplittableRandom random) {
        String letters = "abc \"\\/\n\t\u0001é€😀0{}[]:,";
        int[] points = letters.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }
}
