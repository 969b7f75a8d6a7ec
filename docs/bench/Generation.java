import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.ModelOptions;
import org.align4j.core.cli.Terminal;
import org.align4j.core.cli.options.OptionsYaml;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.session.ModelSession;

/**
 * Answers the same prompts several times in one process, as generation.py's peer does: prompts as they are, without a template, end
 * tokens ignored.
 *
 * <p>{@code java -cp LIB/* docs/bench/Generation.java MODEL PROMPTS NEW_TOKENS REPEATS bf16|fp32 sampled|greedy}
 */
class Generation {
    public static void main(String[] words) throws Exception {
        int newTokens = Integer.parseInt(words[2]);
        boolean greedy = words[5].equals("greedy");
        ModelOptions options =
                OptionsYaml.parse("model: " + words[0] + "\ndtype: " + words[4], "options", ModelOptions.class);
        try (ModelSession session = ModelSession.open(options, Terminal.captured())) {
            List<PromptTokens> prompts = new ArrayList<>();
            for (String line : Files.readAllLines(Path.of(words[1]))) {
                JsonNode row = new ObjectMapper().readTree(line);
                int[] ids = session.text().tokenizer().encode(row.get("prompt").asText(), false);
                prompts.add(new PromptTokens(prompts.size(), ids, null));
            }
            Sampling sampling = greedy ? Sampling.GREEDY : new Sampling(1, 0, 1);
            GenerationSettings settings = new GenerationSettings(newTokens, sampling, 1, 0, List.of(), true);
            List<Double> rates = new ArrayList<>();
            List<Completion> last = List.of();
            for (int i = 0; i < Integer.parseInt(words[3]); i++) {
                long begun = System.nanoTime();
                last = session.generator().generate(prompts, settings);
                double seconds = (System.nanoTime() - begun) / 1e9;
                rates.add(last.stream().mapToInt(answer -> answer.ids().length).sum() / seconds);
            }
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("tokens_per_second", rates);
            result.put("ids", greedy ? last.stream().map(Completion::ids).toList() : null);
            System.out.println(new ObjectMapper().writeValueAsString(result));
        }
    }
}
