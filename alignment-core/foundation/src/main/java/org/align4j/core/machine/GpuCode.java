package org.align4j.core.machine;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lists the architectures that a CUDA library holds code for, as the library's own file has them: the headers of the fat binaries in its
 * section {@code .nv_fatbin}. An architecture is ten times a compute capability, such as 86.
 *
 * @param compiled those with machine code; it runs on cards of the same major version from that minor version on
 * @param portable those with PTX, which the driver compiles for any card from that architecture on
 */
public record GpuCode(SortedSet<Integer> compiled, SortedSet<Integer> portable) {
    private static final int ELF = 0x464c457f;
    private static final int ELF_HEADER = 64;
    private static final int SECTION_HEADER = 64;
    private static final String SECTION = ".nv_fatbin";

    /** Begins a fat binary: magic number, version, bytes of this header, bytes of all that follows. */
    private static final int FAT_BINARY = 0xBA55ED50;

    private static final int FAT_HEADER = 16;

    /** Begins each of its parts: kind, version, bytes of this header, bytes of the code; then, among others, the architecture. */
    private static final int PART_HEADER = 32;

    private static final int ARCHITECTURE_AT = 28;
    private static final int PTX = 1;
    private static final int ALIGNMENT = 8;

    public GpuCode {
        compiled = new TreeSet<>(compiled);
        portable = new TreeSet<>(portable);
    }

    /** Reads a library; empty where the file isn't there, is no ELF library of 64 bits, or has no fat binaries. */
    public static Optional<GpuCode> of(Path library) {
        try (FileInputStream in = new FileInputStream(library.toFile())) {
            return new Reader(in.getChannel()).read();
        } catch (IOException | IllegalArgumentException unreadable) {
            return Optional.empty();
        }
    }

    /** Returns whether there is code for an architecture. */
    public boolean runs(int architecture) {
        return compiled.stream().anyMatch(code -> code / 10 == architecture / 10 && code <= architecture)
                || portable.stream().anyMatch(code -> code <= architecture);
    }

    /**
     * Returns whether the card of an index computes, where the cards' architectures decide it.
     *
     * @param code of the loaded library; empty where it can't be read
     * @param cards in the driver's order, which isn't always the engine's
     * @return empty where only a trial shows it
     */
    public static Optional<Boolean> decides(Optional<GpuCode> code, List<Gpu> cards) {
        boolean known = !cards.isEmpty()
                && cards.stream().allMatch(card -> card.architecture().isPresent());
        return code.filter(read -> known).flatMap(read -> {
            List<Boolean> verdicts = cards.stream()
                    .map(card -> read.runs(card.architecture().orElseThrow()))
                    .distinct()
                    .toList();
            return verdicts.size() == 1 ? Optional.of(verdicts.get(0)) : Optional.empty();
        });
    }

    /** Returns an architecture as a compute capability. */
    static String capability(int architecture) {
        return architecture / 10 + "." + architecture % 10;
    }

    /** Lists the compute capabilities, such as {@code 8.0, 8.6, 9.0 and later by PTX}. */
    @Override
    public String toString() {
        String listed = Stream.concat(compiled.stream(), portable.stream())
                .distinct()
                .sorted()
                .map(GpuCode::capability)
                .collect(Collectors.joining(", "));
        return portable.isEmpty() ? listed : listed + " and later by PTX";
    }

    /** Reads headers alone; a library has a gigabyte. */
    private static final class Reader {
        private final FileChannel file;
        private final SortedMap<Integer, Integer> compiled = new TreeMap<>();
        private final SortedMap<Integer, Integer> portable = new TreeMap<>();
        private int binaries;

        Reader(FileChannel file) {
            this.file = file;
        }

        Optional<GpuCode> read() throws IOException {
            ByteBuffer header = at(0, ELF_HEADER);
            // Class 2 is 64 bits, data 1 little endian.
            if (header.getInt(0) != ELF || header.get(4) != 2 || header.get(5) != 1) {
                return Optional.empty();
            }
            long sections = header.getLong(40);
            int count = header.getShort(60);
            long names = at(sections + (long) header.getShort(62) * SECTION_HEADER, SECTION_HEADER)
                    .getLong(24);
            for (int section = 0; section < count; section++) {
                ByteBuffer found = at(sections + (long) section * SECTION_HEADER, SECTION_HEADER);
                if (isNamed(names + found.getInt(0))) {
                    binaries(found.getLong(24), found.getLong(32));
                }
            }
            return binaries == 0 ? Optional.empty() : Optional.of(new GpuCode(common(compiled), common(portable)));
        }

        private boolean isNamed(long place) throws IOException {
            byte[] name = new byte[SECTION.length() + 1];
            if (place + name.length > file.size()) {
                return false;
            }
            at(place, name.length).get(name);
            return new String(name, java.nio.charset.StandardCharsets.US_ASCII).equals(SECTION + "\0");
        }

        private void binaries(long start, long bytes) throws IOException {
            long place = start;
            while (place + FAT_HEADER <= start + bytes) {
                ByteBuffer header = at(place, FAT_HEADER);
                if (header.getInt(0) != FAT_BINARY) {
                    place += ALIGNMENT;
                    continue;
                }
                long first = place + header.getShort(6);
                place = first + header.getLong(8);
                parts(first, place);
                binaries++;
            }
        }

        private void parts(long first, long end) throws IOException {
            SortedSet<Integer> machine = new TreeSet<>();
            SortedSet<Integer> text = new TreeSet<>();
            for (long place = first; place + PART_HEADER <= end; ) {
                ByteBuffer header = at(place, PART_HEADER);
                long whole = header.getInt(4) + header.getLong(8);
                if (whole < PART_HEADER) {
                    throw new IOException("a part of no bytes");
                }
                (header.getShort(0) == PTX ? text : machine).add(header.getInt(ARCHITECTURE_AT));
                place += whole;
            }
            machine.forEach(architecture -> compiled.merge(architecture, 1, Integer::sum));
            text.forEach(architecture -> portable.merge(architecture, 1, Integer::sum));
        }

        /** A few kernels are compiled for more architectures than all others; a card needs the others too. */
        private SortedSet<Integer> common(SortedMap<Integer, Integer> counted) {
            return counted.entrySet().stream()
                    .filter(entry -> 2 * entry.getValue() >= binaries)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        private ByteBuffer at(long place, int bytes) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
            while (buffer.hasRemaining()) {
                if (file.read(buffer, place + buffer.position()) < 0) {
                    throw new IOException("the file ends before its tables say");
                }
            }
            return buffer.flip();
        }
    }
}
