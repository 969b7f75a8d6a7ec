package org.align4j.ppo;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A program that scores as {@link Vowels} does, answer by answer in JSON lines; or fails in the way that its first word says. */
final class ScoringProgram {
    private static final Pattern LINE = Pattern.compile(
            "\\{\"id\":(\\d+),\"prompt\":\"(.*)\",\"completion\":\"((?:[^\"\\\\]|\\\\.)*)\",\"row\":(\\{.*\\})\\}");

    private ScoringProgram() {}

    /** Returns the value of {@code --reward} that starts it, for a list whose items are separated by commas. */
    static String reward(String... way) {
        return "exec:'" + Path.of(System.getProperty("java.home"), "bin", "java") + "' -Xmx64m -cp '" + classes() + "' "
                + ScoringProgram.class.getName() + " " + String.join(" ", way);
    }

    private static Path classes() {
        try {
            return Path.of(ScoringProgram.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void main(String[] way) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.err.println("scores from here on");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Matcher asked = LINE.matcher(line);
            if (!asked.matches()) {
                throw new IllegalArgumentException(line);
            }
            answer(way, asked, out);
        }
    }

    /** Reads a text of JSON: each escape but that of a number stands for one sign, and which one doesn't matter. */
    private static String unescaped(String json) {
        return json.replaceAll("\\\\(u[0-9a-fA-F]{4}|[^u])", "-");
    }

    private static void answer(String[] way, Matcher asked, PrintStream out) throws Exception {
        String text = unescaped(asked.group(3));
        long vowels =
                text.chars().filter(letter -> "aeiou".indexOf(letter) >= 0).count();
        double share = (double) vowels / Math.max(1, text.length());
        String begin = "{\"id\":" + asked.group(1) + ",\"score\":" + share;
        switch (way[0]) {
            case "right" -> out.println(begin + "}");
            case "parts" ->
                out.println(begin + ",\"parts\":{\"vowels\":" + vowels + ",\"letters\":" + text.length() + "}}");
            case "row" ->
                out.println("{\"id\":" + asked.group(1) + ",\"score\":"
                        + asked.group(4).replaceAll(".*\"worth\":(\\d).*", "$1") + "}");
            case "once" -> {
                if (!Files.exists(Path.of(way[1]))) {
                    Files.createFile(Path.of(way[1]));
                    System.exit(7);
                }
                out.println(begin + "}");
            }
            case "null" -> out.println("{\"id\":" + asked.group(1) + ",\"score\":null}");
            case "some-parts" -> out.println(begin + (vowels > 0 ? ",\"parts\":{\"a\":1}}" : ",\"parts\":{\"b\":1}}"));
            case "deaf" -> Thread.sleep(Long.MAX_VALUE);
            default -> throw new IllegalArgumentException(way[0]);
        }
    }
}
