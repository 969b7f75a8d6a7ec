package org.align4j.core.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program that answers JSON lines, each in its way: rightly, or wrongly in one of the ways that programs have. With a file as its
 * second word it is wrong only as long as that file isn't there, and makes it.
 */
final class AnsweringProgram {
    private static final Pattern ID = Pattern.compile("\"id\":(\"[^\"]*\"|\\d+)");

    private AnsweringProgram() {}

    /** Returns the words that start it. */
    static List<String> words(String... way) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                classes().toString(),
                AnsweringProgram.class.getName()));
        words.addAll(List.of(way));
        return words;
    }

    private static Path classes() {
        try {
            return Path.of(AnsweringProgram.class
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
        String how = way[0];
        if (way.length > 1 && Files.exists(Path.of(way[1]))) {
            how = "right";
        } else if (way.length > 1) {
            Files.createFile(Path.of(way[1]));
        }
        System.err.println("I am process " + ProcessHandle.current().pid() + " and answer " + how);
        if (how.equals("deaf")) {
            Thread.sleep(Long.MAX_VALUE);
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<String> held = new ArrayList<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Matcher id = ID.matcher(line);
            if (id.find()) {
                answer(how, id.group(1), out, held);
            }
        }
    }

    private static void answer(String how, String id, PrintStream out, List<String> held) throws Exception {
        String right = "{\"id\":" + id + ",\"score\":" + id.replaceAll("\\D", "") + "}";
        switch (how) {
            case "right" -> out.println(right);
            case "backwards" -> {
                held.add(0, right);
                if (held.size() == 3) {
                    held.forEach(out::println);
                    held.clear();
                }
            }
            case "dies" -> {
                System.err.println("no scores today");
                System.exit(3);
            }
            case "half" -> {
                out.print(right.substring(0, 5));
                out.flush();
                System.exit(0);
            }
            case "hangs", "parent" -> {
                if (how.equals("parent")) {
                    Process child =
                            new ProcessBuilder(words("deaf")).inheritIO().start();
                    System.err.println("child " + child.pid());
                }
                Thread.sleep(Long.MAX_VALUE);
            }
            case "floods" -> {
                byte[] piece = "x".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
                while (true) {
                    System.out.write(piece);
                }
            }
            case "binary" -> {
                System.out.write(new byte[] {(byte) 0xff, 0, (byte) 0xfe, '\n'});
                System.out.flush();
            }
            case "prose" -> out.println("The score is 1.");
            case "list" -> out.println("[1]");
            case "two" -> out.println(right + right);
            case "stranger" -> out.println("{\"id\":999,\"score\":1}");
            case "nameless" -> out.println("{\"score\":1}");
            case "twin" -> {
                out.println(right);
                out.println(right);
            }
            case "chatty" -> {
                out.println(right);
                out.println("{\"id\":" + id + "1,\"score\":1}");
            }
            case "first" -> {
                if (id.equals("1")) {
                    out.println(right);
                }
            }
            default -> throw new IOException(how);
        }
    }
}
