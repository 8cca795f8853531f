# frozen_string_literal: true

# The text of --help. doc/codetracer-ruby-recorder.1 says the same at more length.
#
# Printed by CLI; loaded only then.
module CodeTracer
  HELP = <<~TEXT
    Usage: codetracer-ruby-recorder [options] PROGRAM [arguments]
           codetracer-ruby-recorder [options] -- RUBY-SWITCHES [PROGRAM] [arguments]
           codetracer-ruby-recorder filter explain [options] FILE.rb[:LINE]

    Runs a Ruby program and records every step of it: lines, calls, returns, values, exceptions
    and output, as a trace that CodeTracer opens. The program is `-` to read it from stdin.
    `filter explain` says whether a file or method is recorded, and which rules decide.

    Options (they end at the program):
      -o, --out-dir DIR      put the trace into DIR (made if missing); default: the current folder
          --recorder NAME    native: the extension; pure: Ruby alone, slower, writes JSON;
                             default: native where it can be loaded
          --profile NAME     aug26: one trace.ct (default); json: trace.json and two files beside it
          --max-value LIST   how much of a value is kept: levels, items a collection, bytes of
                             a string, values in all; default depth=3,items=20,bytes=200,nodes=64
          --io LIST          which input and output become events: stdout, stderr, stdin,
                             processes, files, or default (all but files), none
          --only GLOB        record these files and no others, as in 'app/**'; repeatable, as all
                             of these; paths are below the current folder
          --skip GLOB        do not record these files
          --only-method GLOB, --skip-method GLOB   the same for methods, as in 'Order#*'
          --trace-filter FILE   a filter in TOML; also FILE::FILE
          --no-auto-filter   do not look for .codetracer/trace-filter.toml
          --watch LIST       show these global and class variables on the steps where they changed,
                             as in '$x,@@y,Account.@@z'
          --serialize 'Class=@hash', 'Class=[@one,@two]'
                             show its objects by the pairs of that hash, as ActiveRecord's by
                             @attributes; or by these variables alone; repeatable
          --spool-size SIZE  memory between the program and the writer, 1M to 1G; default 32M
          --block-frames     show each block, proc and lambda that runs as a call
          --c-calls[=CLASS,...]   show calls of methods written in C, or of those that the
                             classes own, with arguments and results
          --border-calls     show calls of Ruby code that is not recorded, with arguments and
                             results, without what is inside of them
          --expressions      show the values of sub-expressions and what is assigned to what, on the
                             steps of their lines (Ruby 3.1 and later, native recorder)
          --instructions     record each instruction of the VM, with what stands on top of the stack
                             (the same)
          --depth N          leave out calls that are deeper than N calls, and all that runs in them
          --no-children      record no forked children (else each into DIR/children/PID)
          --follow           record Rubies that the program starts (each into DIR/children/PID-N)
          --max-steps N, --max-size SIZE, --max-seconds N
                             stop recording then; the program runs on
          --flight-recorder LIST
                             keep the newest part only, as in 64MiB, 30s or 1M steps, and write it
                             when the program does not end in order
          --on-exception CLASS, --dump-signal SIGNAL
                             with it: also write what is newest when one is raised, when it comes,
                             into DIR/dumps/NUMBER
          --from PLACE, --until PLACE
                             record from there on, and no longer than to there; a place is a method,
                             as Order#pay (without --until: while it runs), or FILE:LINE; repeatable
          --sample 1/N       of the calls of --from, one in N; of requests, say, with
                             --from Rails::Engine#call
          --after SECONDS, --on-exception CLASS, --toggle-signal[=SIGNAL]
                             record from then on; the signal (USR1) switches it on and off
          --on-error WORD    continue: run the program though it cannot be recorded;
                             abort: end it when its recording fails; default: neither
          --require-trace    answer 98 if the program's recording failed
          --exit-zero        answer 0 whatever the program answered
          --quiet            no closing line
      -h, --help             this text
      -V, --version          name and version
          --                 what follows goes to ruby as it stands

    Environment:
      CODETRACER_RUBY_RECORDER_OUT_DIR      as --out-dir, which wins
      CODETRACER_TRACE_FILTER               filters, FILE::FILE, before those of --trace-filter
      CODETRACER_RUBY_RECORDER_BACKEND      as --recorder, which wins
      CODETRACER_RUBY_RECORDER_DISABLED     1 or true: run the program, record nothing
      CODETRACER_RUBY_RECORDER_EXIT_ZERO    1 or true: as --exit-zero
      CODETRACER_RUBY_TRACER_DEBUG          1 or true: log to stderr what the recorder does

    Exit status:
      the program's own (0 with --exit-zero), or of the recorder, before the program has started:
      1  the recording cannot be made (no such program, folder not writable, not built)
      2  the command line or a filter is wrong
      or while it ran:
      97 the recording failed, and --on-error abort ended the program
      98 the recording failed, and --require-trace was given

    Examples:
      codetracer-ruby-recorder -o /tmp/trace prog.rb --flag-of-the-program
      codetracer-ruby-recorder --only 'app/**' --skip-method 'Order#inspect' prog.rb
      codetracer-ruby-recorder -- -Ilib -rset -e 'p Set[1, 2]'
      codetracer-ruby-recorder -- -S rake test
      generate-code | codetracer-ruby-recorder -o /tmp/trace -
      ruby -w src/native_trace.rb --profile json prog.rb        (from a checkout)
      ruby trace.rb prog.rb                                     (the same, nothing built)
  TEXT
end
