package org.align4j.core.hub.dataset;

import java.util.regex.Pattern;

/** A glob over the paths of a repository: {@code *} and {@code ?} within a folder, {@code **} across folders. */
final class FilePattern {
    private final String text;
    private final Pattern regex;

    FilePattern(String text) {
        this.text = text;
        this.regex = Pattern.compile(regex(text));
    }

    private static String regex(String glob) {
        StringBuilder regex = new StringBuilder();
        int i = 0;
        while (i < glob.length()) {
            char c = glob.charAt(i);
            int close = c == '[' ? glob.indexOf(']', i + 2) : -1;
            if (glob.startsWith("**/", i)) {
                regex.append("(?:.*/)?");
                i += 3;
            } else if (glob.startsWith("**", i)) {
                regex.append(".*");
                i += 2;
            } else if (close > 0) {
                String set = glob.substring(i + 1, close).replace("\\", "\\\\").replace("[", "\\[");
                regex.append('[')
                        .append(set.startsWith("!") ? "^" + set.substring(1) : set)
                        .append(']');
                i = close + 1;
            } else {
                regex.append(c == '*' ? "[^/]*" : c == '?' ? "[^/]" : Pattern.quote(String.valueOf(c)));
                i++;
            }
        }
        return regex.toString();
    }

    /** Hidden files, those that describe the data set, and the like are matched by their own name only. */
    boolean matches(DataPath file) {
        return file.path().equals(text)
                || (file.data() && regex.matcher(file.path()).matches());
    }

    @Override
    public String toString() {
        return text;
    }
}
