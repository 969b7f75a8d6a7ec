package org.align4j.core.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What {@link SharedRuns} of several processes wrote down, in the order of time, and what in it must not be. */
final class SharedHistory {
    private final List<Event> events;

    /** Something that a process did. */
    record Event(long at, long pid, String what, String thing, String detail) {
        static Event parse(long pid, String line) {
            String[] words = line.split(" ", 4);
            return new Event(Long.parseLong(words[0]), pid, words[1], words[2], words.length > 3 ? words[3] : "");
        }
    }

    SharedHistory(List<Event> events) {
        this.events =
                events.stream().sorted(Comparator.comparingLong(Event::at)).toList();
    }

    /** @param deaths when processes were about to be killed */
    static SharedHistory read(Path folder, List<Event> deaths) throws IOException {
        List<Event> events = new ArrayList<>(deaths);
        try (Stream<Path> files = Files.list(folder.resolve("history"))) {
            for (Path file : files.toList()) {
                long pid = Long.parseLong(file.getFileName().toString().replace(".txt", ""));
                // A kill may tear the last line.
                Files.readString(file)
                        .lines()
                        .filter(line -> line.matches("[0-9]+ [a-z]+ [^ ]+ .+"))
                        .forEach(line -> events.add(Event.parse(pid, line)));
            }
        }
        return new SharedHistory(events);
    }

    static Event killed(long pid) {
        return new Event(System.nanoTime(), pid, "killed", "-", "");
    }

    long count(String what) {
        return events.stream().filter(event -> event.what().equals(what)).count();
    }

    /** Everything that must not be, in words; none where all is well. */
    List<String> wrongs(String cached) {
        List<String> wrongs = new ArrayList<>();
        Map<String, Long> holders = new HashMap<>();
        for (Event event : events) {
            Long holder = holders.get(event.thing());
            switch (event.what()) {
                case "holds" -> {
                    if (holder != null) {
                        wrongs.add(event + " while " + holder + " writes it");
                    }
                    holders.put(event.thing(), event.pid());
                }
                case "frees" -> holders.remove(event.thing(), event.pid());
                case "killed", "ended" -> holders.values().removeIf(pid -> pid == event.pid());
                case "read" -> {
                    if (!event.detail().equals(cached)) {
                        wrongs.add(event + " but the cache is " + cached);
                    }
                }
                case "half" -> wrongs.add(event + ": half a report");
                case "refused" -> {
                    if (!event.detail().contains("is being written by process")
                            && !event.detail().contains("holds a run already")) {
                        wrongs.add(event.toString());
                    }
                }
                case "unreported" -> {
                    if (!event.detail().contains("is no run")) {
                        wrongs.add(event.toString());
                    }
                }
                default -> {}
            }
        }
        return wrongs;
    }
}
