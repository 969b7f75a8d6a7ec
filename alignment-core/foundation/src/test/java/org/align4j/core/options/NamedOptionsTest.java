package org.align4j.core.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;

/** Options by name, in whatever type a program has them. */
class NamedOptionsTest {
    enum Colour {
        RED,
        DARK_BLUE
    }

    record Asked(
            @Option(help = "How many.", defaultValue = "3") int maxCount,

            @Option(help = "How fast.", defaultValue = "1.5")
            double rate,

            @Option(help = "Which.", defaultValue = "red") Colour colour,
            @Option(help = "Where.", defaultValue = ".") Path place,
            @Option(help = "Whether.") boolean really,

            @Option(help = "All of them.", defaultValue = "")
            List<String> names) {}

    private static Asked asked(Map<String, ?> values) {
        return NamedOptions.create(Asked.class, values);
    }

    @Test
    void whatIsNotNamedIsAsUsual() {
        assertThat(asked(Map.of())).isEqualTo(new Asked(3, 1.5, Colour.RED, Path.of("."), false, List.of()));
    }

    @Test
    void valuesComeInTheirTypesOrAsText() {
        Asked right = new Asked(7, 2e-5, Colour.DARK_BLUE, Path.of("a", "b"), true, List.of("x,y", "z"));
        assertThat(asked(Map.of(
                        "max-count",
                        7,
                        "rate",
                        2e-5,
                        "colour",
                        Colour.DARK_BLUE,
                        "place",
                        Path.of("a", "b"),
                        "really",
                        true,
                        "names",
                        List.of("x,y", "z"))))
                .isEqualTo(right);
        assertThat(asked(Map.of(
                        "max_count", "7",
                        "rate", "2e-5",
                        "colour", "dark-blue",
                        "place", Path.of("a", "b").toString(),
                        "really", "true",
                        "names", "x\\,y,z")))
                .isEqualTo(right);
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThatThrownBy(() -> asked(Map.of("max-cuont", 7)))
                .isInstanceOf(InputException.class)
                .hasMessage("There is no option max-cuont here; did you mean max-count?");
        assertThatThrownBy(() -> asked(Map.of("max-count", 1.5)))
                .isInstanceOf(InputException.class)
                .hasMessage("max-count is \"1.5\" but must be a whole number.");
    }
}
