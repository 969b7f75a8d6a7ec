package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.align4j.core.files.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models whose chat templates are made to hold the server up: each chat is refused in time, and others are answered. */
@Timeout(120)
class HostileTemplateTest {
    private static final Map<String, String> TEMPLATES = Map.of(
            "loops", "{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}",
            "grows",
                    "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor"
                            + " %}{{ ns.x }}",
            "recurses", "{% macro m(x) %}{{ m(x + 1) }}{% endmacro %}{{ m(0) }}",
            "powers", "{{ 9 ** 9 ** 9 ** 9 }}",
            "lists", "{{ ([0] * 99999999) | length }}",
            "formats", "{{ '%999999999d' | format(1) }}",
            "reaches", "{{ messages.__class__.__mro__[1].__subclasses__() }}",
            "slow",
                    "{% for a in range(3000) %}{% for b in range(3000) %}{% set c = (messages | string) ~ b %}{%"
                            + " endfor %}{% endfor %}");

    @TempDir
    Path folder;

    private Map<String, String> models() throws Exception {
        Map<String, String> models = new LinkedHashMap<>();
        models.put("demo", ChatServer.DEMO.toString());
        for (Map.Entry<String, String> template : TEMPLATES.entrySet()) {
            Path model = Files.createDirectory(folder.resolve(template.getKey()));
            try (Stream<Path> files = Files.list(ChatServer.DEMO)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, model.resolve(file.getFileName()));
                }
            }
            Files.writeString(model.resolve("chat_template.jinja"), template.getValue(), StandardCharsets.UTF_8);
            models.put(template.getKey(), model.toString());
        }
        return models;
    }

    @Test
    void aChatIsRefusedInTimeAndOthersAreAnswered() throws Exception {
        try (ChatServer server = new ChatServer(models(), 100)) {
            for (String name : TEMPLATES.keySet()) {
                long begun = cpuNanos();
                var refused = server.post("/v1/chat/completions", ChatServer.body(Map.of("model", name)));
                assertThat(refused.statusCode()).as(name + " " + refused.body()).isEqualTo(400);
                assertThat(Json.read(refused.body())
                                .path("error")
                                .path("message")
                                .asText())
                        .as(name)
                        .isNotEmpty()
                        .hasSizeLessThan(1000);
                System.out.println(name + " CPU " + (cpuNanos() - begun) / 1e9);
                assertThat(TimeUnit.NANOSECONDS.toSeconds(cpuNanos() - begun))
                        .as("seconds of the processor for " + name)
                        .isLessThan(20);
            }
            assertThat(server.chat(Map.of()).path("choices").size()).isEqualTo(1);
        }
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
