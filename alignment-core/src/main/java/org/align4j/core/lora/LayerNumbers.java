package org.align4j.core.lora;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The layer that a module's name is in: its first numbered part. */
final class LayerNumbers {
    private static final Pattern NUMBERED = Pattern.compile("(?:^|\\.)(\\d+)(?:\\.|$)");

    private LayerNumbers() {}

    /** How many layers the names span: one more than the highest number, 0 when none has one. */
    public static int count(List<String> names) {
        int count = 0;
        for (String name : names) {
            Matcher matcher = NUMBERED.matcher(name);
            if (matcher.find()) {
                count = Math.max(count, Integer.parseInt(matcher.group(1)) + 1);
            }
        }
        return count;
    }

    /** {@code q_proj of layer 3}, or the name itself when no part of it is a number. */
    public static String describe(String name) {
        Matcher matcher = NUMBERED.matcher(name);
        return matcher.find() ? name.substring(name.lastIndexOf('.') + 1) + " of layer " + matcher.group(1) : name;
    }
}
