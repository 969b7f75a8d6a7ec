package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.DoctorFiles.Document;
import org.align4j.core.doctor.OtherLogs.Excerpts;
import org.align4j.core.doctor.Screen.Checks;
import org.align4j.core.doctor.SharedDoctor.Part;
import org.align4j.core.doctor.SharedDoctor.Quoted;
import org.align4j.core.doctor.SharedDoctor.Seen;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogPlaces.Place;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/** Makes findings of what was noted of all parts of a log, names the rows that count, and puts the examination together. */
public final class SharedFindings {
    private final Logs logs;
    private final Set<String> languages;
    private final LogPlaces others;
    private final List<Overlap> overlaps;
    private final int firstItem;
    private @Nullable Map<String, Check.InParts> naming;

    SharedFindings(Logs logs, Set<String> languages, LogPlaces others, List<Overlap> overlaps, int firstItem) {
        this.logs = logs;
        this.languages = languages;
        this.others = others;
        this.overlaps = overlaps;
        this.firstItem = firstItem;
    }

    /** Notes how many components near-duplicates are in, and how many rows the largest has. */
    public static Part components(long count, long largest) {
        return new Part(SharedDoctor.NEAR, NearDuplicates.Components.noted(count, largest));
    }

    /** Returns the marks of each check whose sightings count, with the sighting as it is named; null where it doesn't count. */
    public @Nullable Sighting named(Map<String, Noted> all, Seen seen) {
        if (naming == null) {
            Map<String, Check.InParts> byId = new LinkedHashMap<>();
            Checks.of(overlaps, languages).forEach(check -> {
                if (check instanceof Check.InParts inParts) {
                    byId.put(check.id(), inParts);
                }
            });
            naming = byId;
        }
        Check.InParts check = naming.get(seen.check());
        return check == null
                ? seen.sighting()
                : check.named(all.getOrDefault(seen.check(), new Noted()), seen.mark(), seen.sighting());
    }

    /**
     * Writes a line of findings.jsonl.
     *
     * @param named the sighting as the finding names it
     * @param files the name of each row's file
     */
    public static String line(Seen seen, Sighting named, IntFunction<String> files) {
        Map<Integer, Place> places = new TreeMap<>();
        places.put(named.row(), new Place(files.apply(named.row()), seen.line()));
        if (named.other() != Sighting.ALONE) {
            String file = seen.other() == null ? files.apply(named.other()) : seen.other();
            places.put(named.other(), new Place(file, seen.otherLine()));
        }
        if (named.component() != Sighting.ALONE) {
            places.put(named.component(), new Place(files.apply(named.component()), seen.componentLine()));
        }
        return Json.text(Document.line(seen.check(), named, new LogPlaces(places)));
    }

    /**
     * Makes the findings of what was noted of all rows.
     *
     * @param apart the findings of annotators and label noise, by id, where there are any
     */
    public List<Finding> findings(Map<String, Noted> all, Map<String, Finding> apart) {
        List<Finding> findings = new ArrayList<>();
        for (Check check : Checks.of(overlaps, languages)) {
            if (check instanceof Check.InParts inParts) {
                inParts.finding(all.getOrDefault(check.id(), new Noted())).ifPresent(findings::add);
            } else if (apart.containsKey(check.id())) {
                findings.add(apart.get(check.id()));
            }
        }
        return List.copyOf(findings);
    }

    /** Returns the numbers of the data's rows that serve as examples. */
    public BitSet examples(List<Finding> findings) {
        BitSet wanted = new BitSet();
        for (Finding finding : findings) {
            finding.sightings().stream().limit(Examination.EXAMPLES).forEach(sighting -> {
                wanted.set(sighting.row());
                if (sighting.other() >= others.count()) {
                    wanted.set(sighting.other());
                }
                if (sighting.component() != Sighting.ALONE) {
                    wanted.set(sighting.component());
                }
            });
        }
        return wanted;
    }

    /**
     * Puts the examination together.
     *
     * @param rows how many there are
     * @param quoted the data's rows that serve as examples
     * @param files the name of each row's file
     */
    public Examination examination(
            int rows, List<Finding> findings, Map<Integer, Quoted> quoted, IntFunction<String> files) {
        Map<Integer, Place> places = new TreeMap<>();
        Map<Integer, Texts> excerpts = new TreeMap<>();
        BitSet wanted = new BitSet();
        findings.forEach(finding -> finding.sightings().forEach(sighting -> {
            if (sighting.other() >= 0 && sighting.other() < others.count()) {
                wanted.set(sighting.other());
            }
        }));
        wanted.stream().forEach(number -> places.put(number, others.of(number)));
        try (LogReader reader = new LogReader(1, seen -> {})) {
            new OtherLogs(logs, reader, firstItem).quote(wanted, new Excerpts(excerpts));
        }
        quoted.forEach((number, row) -> {
            places.put(number, new Place(files.apply(number), row.line()));
            if (row.texts() != null) {
                excerpts.put(number, row.texts());
            }
        });
        return new Examination(others.count(), rows, findings, new LogPlaces(places), excerpts);
    }
}
