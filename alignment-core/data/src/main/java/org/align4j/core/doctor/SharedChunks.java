package org.align4j.core.doctor;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.doctor.SharedDoctor.Digest;
import org.align4j.core.doctor.SharedDoctor.Part;
import org.align4j.core.doctor.Shingles.MinHash;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Items.Numbering;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.doctor.people.LabelNoise;

/** Looks at the rows of a file by chunks, each with checks of its own. */
final class SharedChunks implements LogReader.Observer {
    /** Rows that are looked at before what was noted is handed on. */
    static final int ROWS = 1 << 16;

    private final SharedDoctor doctor;
    private final Numbered places;
    private final Consumer<Serializable> out;
    private final Map<Integer, Chunk> open = new ConcurrentSkipListMap<>();
    private final Noted levels = new Noted();
    private int current = -1;

    private record Chunk(List<Check.InParts> checks) {}

    SharedChunks(SharedDoctor doctor, Numbered places, Consumer<Serializable> out) {
        this.doctor = doctor;
        this.places = places;
        this.out = out;
    }

    private Chunk of(int number) {
        return open.computeIfAbsent(number / ROWS, any -> new Chunk(doctor.ofRows()));
    }

    @Override
    public Runnable look(LogRow row) {
        List<Runnable> notes =
                of(row.number()).checks.stream().map(check -> check.look(row)).toList();
        int[] bands = MinHash.bands(Shingles.raw(row.normal()));
        boolean learns = LabelNoise.concerns(row);
        return () -> {
            begin(row.number());
            notes.forEach(Runnable::run);
            if (learns) {
                levels.plus(SharedDoctor.LEVEL + LabelNoise.level(row.number()), 1);
            }
            out.accept(new Digest(row.withoutTexts(), places.line(row.number()), bands));
        };
    }

    @Override
    public void bad(int number, String reason) {
        begin(number);
        of(number).checks.forEach(check -> check.bad(number, reason));
    }

    @Override
    public void file(FileSummary summary) {
        of(Math.max(0, current * ROWS)).checks.forEach(check -> check.file(summary));
    }

    @Override
    public void further(int rows) {
        of(Math.max(0, current * ROWS)).checks.forEach(check -> check.further(rows));
    }

    /** Rows are noted in their order, so that those of a chunk before are all noted. */
    private void begin(int number) {
        int chunk = number / ROWS;
        if (current >= 0 && chunk > current) {
            close(current);
        }
        current = chunk;
    }

    private void close(int chunk) {
        Chunk closed = open.remove(chunk);
        if (closed != null) {
            closed.checks.forEach(check -> doctor.handOn(check, number -> places.line(number), out));
        }
    }

    void end() {
        List.copyOf(open.keySet()).forEach(this::close);
        out.accept(new Part("label-noise", levels));
    }

    /** Numbers the rows of one file among those of all. */
    static final class Numbered implements Numbering {
        private final LogPlaces places = new LogPlaces();
        private final int first;

        Numbered(int first) {
            this.first = first;
        }

        @Override
        public int next(String file, int line) {
            return first + places.next(file, line);
        }

        @Override
        public void joined(String file, int line) {
            places.joined(file, line);
        }

        int line(int number) {
            return places.of(number - first).line();
        }
    }
}
