package org.align4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.align4j.core.autodiff.Var;
import org.align4j.core.kernel.RefusedKernels;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Trait;

/**
 * The usual loss, under which the engine is refused memory once: in the kernel call after the first time that a pair is judged by a process
 * that finds the file {@value #FILE} in its environment or properties missing, and makes it.
 */
public record RefusedLoss(double beta) implements PairLoss {
    static final String FILE = "ALIGN4J_TEST_REFUSED";

    public RefusedLoss() {
        this(0.1);
    }

    @Override
    public Set<Trait> traits() {
        return Set.of(Trait.NEEDS_REFERENCE);
    }

    @Override
    public Var losses(PairTerms pairs) {
        if (isDue()) {
            RefusedKernels.at(1, RefusedKernels.Moment.BEFORE); // once, and this process ends with the test
        }
        return pairs.logRatioDifference().times(beta).logSigmoid().negate();
    }

    /** Whether memory is to be refused now; once for all processes. */
    static boolean isDue() {
        String file = System.getProperty(FILE, System.getenv(FILE));
        return file != null && isFirst(Path.of(file));
    }

    private static boolean isFirst(Path file) {
        try {
            Files.createFile(file);
            return true;
        } catch (FileAlreadyExistsException later) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
