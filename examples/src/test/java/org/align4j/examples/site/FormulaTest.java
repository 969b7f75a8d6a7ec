package org.align4j.examples.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;

/** Formulas of the book as browsers draw them. */
class FormulaTest {
    @Test
    void bracketsAndCommasAreOperators() {
        assertThat(Formula.drawn("r(x, y)"))
                .isEqualTo(
                        "<math display=\"block\"><mi>r</mi><mrow><mo stretchy=\"false\">(</mo><mi>x</mi><mo>,</mo><mi>y</mi>"
                                + "<mo stretchy=\"false\">)</mo></mrow></math>");
        assertThat(Formula.drawn("\\left[\\frac{a}{b}\\right]")).contains("<mo>[</mo><mfrac>", "</mfrac><mo>]</mo>");
    }

    @Test
    void aNameIsOneUprightWordAndAFunctionStandsApart() {
        assertThat(Formula.drawn("\\pi_{\\mathrm{ref}}")).contains("<msub><mi>π</mi><mi>ref</mi></msub>");
        assertThat(Formula.drawn("-\\log\\sigma"))
                .contains("<mo>−</mo><mi>log</mi><mspace width=\"0.167em\"/><mi>σ</mi>");
    }

    @Test
    void aCommandThatIsNotKnownIsNamed() {
        assertThatThrownBy(() -> Formula.drawn("\\nosuchthing x"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("The formula \\nosuchthing x can't be drawn")
                .hasMessageContaining("nosuchthing");
    }
}
