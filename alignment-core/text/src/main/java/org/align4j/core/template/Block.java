package org.align4j.core.template;

import java.util.List;
import org.align4j.core.template.python.PythonError;

/** Holds statements one after the other. */
record Block(List<Statement> statements) {
    /** Runs the statements until one leaves the loop around them. */
    Statement.Next run(NameScope scope) {
        for (Statement statement : statements) {
            Statement.Next next;
            try {
                scope.budget().step();
                next = statement.run(scope);
            } catch (PythonError e) {
                throw new TemplateException(e.kind(), e.reason(), statement.line(), 0);
            }
            if (next != Statement.Next.STATEMENT) {
                return next;
            }
        }
        return Statement.Next.STATEMENT;
    }

    /** Runs them and gives what they wrote, instead of writing it. */
    String capture(NameScope scope) {
        scope.output().capture();
        run(scope);
        return scope.output().captured();
    }
}
