package org.align4j.core.options;

import java.util.ArrayList;
import java.util.List;

/**
 * Text in which white space counts, as one types it: {@code \n} is a line break, {@code \t} a tab, {@code \\} a
 * backslash; any other backslash stands for itself.
 */
final class Escapes {
    private Escapes() {}

    /** The text that was meant. */
    static String read(String typed) {
        StringBuilder text = new StringBuilder(typed.length());
        for (int at = 0; at < typed.length(); at++) {
            at = readOne(typed, at, text);
        }
        return text.toString();
    }

    /** The items that were meant, split at commas and otherwise as they stand; {@code \,} is a comma inside an item. */
    static List<String> readItems(String typed) {
        if (typed.isEmpty()) {
            return List.of();
        }
        List<String> items = new ArrayList<>();
        StringBuilder item = new StringBuilder();
        for (int at = 0; at < typed.length(); at++) {
            if (typed.charAt(at) == ',') {
                items.add(item.toString());
                item.setLength(0);
            } else if (typed.startsWith("\\,", at)) {
                item.append(',');
                at++;
            } else {
                at = readOne(typed, at, item);
            }
        }
        items.add(item.toString());
        return items;
    }

    /** Appends what stands at a place; returns the place of its last character. */
    private static int readOne(String typed, int at, StringBuilder text) {
        char next = typed.charAt(at) == '\\' && at + 1 < typed.length() ? typed.charAt(at + 1) : '\0';
        switch (next) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case '\\' -> text.append('\\');
            default -> {
                text.append(typed.charAt(at));
                return at;
            }
        }
        return at + 1;
    }

    /** The text as one would type it: what {@link #read} reads back. */
    static String write(String text) {
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
    }
}
