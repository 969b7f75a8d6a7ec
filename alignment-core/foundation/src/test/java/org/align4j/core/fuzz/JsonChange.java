package org.align4j.core.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Changes a place in a document of JSON, mostly so that a value stays one of its kind.
 *
 * @param random chooses place and change
 * @param donor other documents, whose parts may come in
 */
record JsonChange(Random random, JsonNode donor) {
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "a",
            "ab",
            "_",
            "##",
            "<s>",
            "<unk>",
            "\u0000",
            "ö",
            "\uD83D\uDE00",
            "(a+)+$",
            "(a*)*$",
            "(a|a)*b",
            "a+a+a+$",
            ".",
            "",
            "$",
            "(?=a)",
            "[",
            "\\p{L}",
            "<0x41>",
            "<0xGG>",
            "A",
            "//////8=",
            "a".repeat(3000));
    private static final List<String> NUMBERS = List.of(
            "0",
            "1",
            "-1",
            "2",
            "0.5",
            "255",
            "65536",
            "2147483647",
            "4294967295",
            "9223372036854775807",
            "18446744073709551615",
            "1e308",
            "-1e308",
            "1e-320");

    /** Changes one value below an object. */
    void within(ObjectNode root) {
        List<JsonNode> holders = new ArrayList<>();
        holders(root, holders);
        JsonNode holder = any(holders);
        if (holder instanceof ObjectNode object) {
            String name = any(names(object));
            if (random.nextInt(12) == 0) {
                object.remove(name);
            } else {
                object.set(name, other(object.get(name)));
            }
        } else if (holder instanceof ArrayNode array) {
            int at = random.nextInt(array.size());
            switch (random.nextInt(4)) {
                case 0 -> array.remove(at);
                case 1 -> array.insert(at, array.get(at).deepCopy());
                default -> array.set(at, other(array.get(at)));
            }
        }
    }

    private JsonNode other(JsonNode value) {
        if (random.nextInt(10) == 0) {
            return NullNode.instance;
        }
        if (random.nextInt(10) == 0) {
            List<JsonNode> holders = new ArrayList<>();
            holders(donor, holders);
            return any(holders).deepCopy();
        }
        if (value.isBoolean()) {
            return BooleanNode.valueOf(!value.booleanValue());
        }
        if (value.isNumber()) {
            return DecimalNode.valueOf(new BigDecimal(any(NUMBERS)));
        }
        if (value.isTextual()) {
            return TextNode.valueOf(any(TEXTS));
        }
        return random.nextInt(4) == 0 ? nested(value) : value;
    }

    /** Puts a value into as many as 128 sequences around it. */
    private JsonNode nested(JsonNode value) {
        String parts = any(List.of("normalizers", "pretokenizers", "processors", "decoders"));
        JsonNode inner = value;
        for (int i = 1 << random.nextInt(8); i > 0; i--) {
            ObjectNode sequence = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
            sequence.putArray(parts).add(inner);
            inner = sequence;
        }
        return inner;
    }

    private static void holders(JsonNode node, List<JsonNode> holders) {
        if (!node.isEmpty()) {
            holders.add(node);
            node.forEach(each -> holders(each, holders));
        }
    }

    private static List<String> names(ObjectNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
