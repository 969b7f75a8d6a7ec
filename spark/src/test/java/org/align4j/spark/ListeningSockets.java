package org.align4j.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The TCP sockets on which this process and its descendants listen, as Linux tells them in {@code /proc}. */
final class ListeningSockets {
    /** {@code 0: 0100007F:1F90 00000000:0000 0A …}: 0A is LISTEN. The number after the eighth word is the inode. */
    private static final Pattern LINE =
            Pattern.compile("\\s*\\d+: ([0-9A-F]+):([0-9A-F]{4}) \\S+ 0A \\S+ \\S+ \\S+\\s+\\d+\\s+\\d+ (\\d+) .*");

    private static final Pattern OPEN = Pattern.compile("socket:\\[(\\d+)]");

    /** 127.0.0.0/8, ::1, and 127.0.0.0/8 as IPv6 has it; the bytes of each word are reversed. */
    private static final Pattern LOOPBACK = Pattern.compile("[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F");

    private ListeningSockets() {}

    /** An address as the kernel writes it, and a port. */
    record Socket(String address, int port) {
        boolean loopback() {
            return LOOPBACK.matcher(address).matches();
        }
    }

    static List<Socket> ofThisTree() throws IOException {
        Set<String> inodes = new HashSet<>();
        for (ProcessHandle process : Stream.concat(
                        Stream.of(ProcessHandle.current()),
                        ProcessHandle.current().descendants())
                .toList()) {
            inodes.addAll(inodes(process.pid()));
        }
        List<Socket> sockets = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6")) {
            Path path = Path.of("/proc/net", table);
            for (String line : Files.exists(path) ? Files.readAllLines(path) : List.<String>of()) {
                Matcher match = LINE.matcher(line);
                if (match.matches() && inodes.contains(match.group(3))) {
                    sockets.add(new Socket(match.group(1), Integer.parseInt(match.group(2), 16)));
                }
            }
        }
        return sockets;
    }

    private static Set<String> inodes(long pid) {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path file : open.toList()) {
                Matcher match = OPEN.matcher(target(file));
                if (match.matches()) {
                    inodes.add(match.group(1));
                }
            }
        } catch (IOException ended) {
            return inodes;
        }
        return inodes;
    }

    private static String target(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException closed) {
            return "";
        }
    }
}
