import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.align4j.core.task.ifeval.AskedInstructions;
import org.align4j.core.task.ifeval.InstructionTally.InstructionVerdicts;
import org.align4j.core.data.DetectedLanguage;
import org.align4j.core.data.LanguageGuess;

/**
 * Compares verdicts with those of lm_eval in files that ifeval.py wrote, by kind of instruction. The three kinds of which a language
 * detector decides appear twice: with the guesses of lm_eval's detector, and with those of OpenNLP's.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/IfevalVerdicts.java PAIRS.jsonl.gz…}; {@code -Dshow=true} prints each difference.
 */
class IfevalVerdicts {
    private static final Map<String, int[]> COUNTS = new TreeMap<>();

    @SuppressWarnings("unchecked")
    public static void main(String[] files) throws Exception {
        JsonMapper json = new JsonMapper();
        DetectedLanguage detector = new DetectedLanguage();
        for (String file : files) {
            for (String line : lines(file)) {
                Map<String, Object> row = json.readValue(line, Map.class);
                Map<String, String> guesses = (Map<String, String>) row.getOrDefault("guesses", Map.of());
                compare(file, row, guesses::get, "");
                if (!guesses.isEmpty()) {
                    compare(file, row, detector, " (OpenNLP)");
                }
            }
        }
        System.out.println("| kind | pairs | strict verdicts equal | loose verdicts equal |\n|---|---|---|---|");
        COUNTS.forEach((kind, n) -> System.out.println("| `" + kind.replace(" (", "` (")
                + (kind.endsWith(")") ? "" : "`") + " | " + n[0] + " | " + n[1] + " | " + n[2] + " |"));
    }

    private static List<String> lines(String file) throws Exception {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(Path.of(file))), StandardCharsets.UTF_8))) {
            List<String> lines = new ArrayList<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
            return lines;
        }
    }

    @SuppressWarnings("unchecked")
    private static void compare(String file, Map<String, Object> row, LanguageGuess guess, String suffix) {
        List<String> ids = (List<String>) row.get("instruction_id_list");
        List<Boolean> strict = (List<Boolean>) row.get("strict");
        List<Boolean> loose = (List<Boolean>) row.get("loose");
        String where = file + ", key " + row.get("key");
        InstructionVerdicts ours = AskedInstructions.of(
                        where, ids, (List<Map<String, Object>>) row.get("kwargs"), guess)
                .verdicts((String) row.get("answer"));
        for (int i = 0; i < ids.size(); i++) {
            if (!suffix.isEmpty() && !ours.kinds().get(i).guessesLanguage()) {
                continue;
            }
            int[] counts = COUNTS.computeIfAbsent(ids.get(i) + suffix, unseen -> new int[3]);
            boolean equal = ours.strict().get(i).equals(strict.get(i))
                    && ours.loose().get(i).equals(loose.get(i));
            counts[0]++;
            counts[1] += ours.strict().get(i).equals(strict.get(i)) ? 1 : 0;
            counts[2] += ours.loose().get(i).equals(loose.get(i)) ? 1 : 0;
            if (!equal && Boolean.getBoolean("show")) {
                System.err.println(
                        where + " " + ids.get(i) + suffix + " " + ((List<?>) row.get("kwargs")).get(i) + ": there "
                                + strict.get(i) + "/" + loose.get(i) + ", here "
                                + ours.strict().get(i) + "/" + ours.loose().get(i) + ": "
                                + row.get("answer"));
            }
        }
    }
}
