import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.session.ModelSession;

/**
 * Answers the same prompts several times in one process, as generation.py's peer does: bf16, sampled, prompts as they are, end tokens
 * ignored. Prints the speed of each time.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/Generation.java MODEL PROMPTS NEW_TOKENS REPEAT}
 */
class Generation {
    public static void main(String[] words) throws Exception {
        ObjectMapper json = new ObjectMapper();
        ModelOptions options = OptionsYaml.parse("model: " + words[0] + "\ndtype: bf16", "options", ModelOptions.class);
        GenerationSettings settings =
                new GenerationSettings(Integer.parseInt(words[2]), new Sampling(1, 0, 1), 1, 0, List.of(), true);
        try (ModelSession session = ModelSession.open(options, TrainingLog.SILENT)) {
            List<PromptTokens> prompts = new ArrayList<>();
            for (String line : Files.readAllLines(Path.of(words[1]))) {
                JsonNode row = json.readTree(line);
                int[] ids = session.text().tokenizer().encode(row.get("prompt").asText(), false);
                prompts.add(new PromptTokens(prompts.size(), ids, null));
            }
            List<Double> rates = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(words[3]); i++) {
                long begun = System.nanoTime();
                long tokens = session.generator().generate(prompts, settings).stream()
                        .mapToInt(answer -> answer.ids().length)
                        .sum();
                rates.add(tokens * 1e9 / (System.nanoTime() - begun));
            }
            System.out.println(json.writeValueAsString(Map.of("tokens_per_second", rates)));
        }
    }
}
