# frozen_string_literal: true

# Finds files that nothing uses: a .c that no rule compiles, a header that nobody includes, a script
# that nobody runs, a test that no runner loads, a golden without its program.
#
# Takes all sources at once and returns findings ("path: what").
module Tidy
  module DeadFiles
    # As the Makefile and extconf.rb find them.
    COMPILED = [
      %r{\Alibctrace/src/\w+/\w+\.c\z}, %r{\Alibctrace/tools/(?:ct_writer|ctrace)\w*\.c\z},
      %r{\Alibctrace/test/\w+\.c\z}, %r{\Alibctrace/fuzz/(?:fuzz_\w+|replay)\.c\z},
      %r{\A(?:ext/codetracer_recorder|ext/command|test/shims)/\w+\.c\z},
      %r{\Abench/(?:empty_hook/)?\w+\.c\z}
    ].freeze
    SUITES = "recorder|conformance|equivalence|fault|soak|memcheck|property|rubies|tidy|" \
             "tripwire"
    TESTS = %r{\Atest/(?:#{SUITES})/\w+_test\.rb\z}.freeze
    # Run because of where they are.
    RUN_ALL = %r{\Atest/(?:programs|golden)/|_test\.rb\z}.freeze
    # Started by a person or a program outside of this tree.
    FRONT_DOORS = %w[src/native_trace.rb trace.rb test/rubies/chroot.sh].freeze

    CORPUS = "libctrace/fuzz/corpus"

    module_function

    def find(sources)
      uncompiled(sources) + unincluded(sources) + unloaded_tests(sources) +
        unused_scripts(sources) + uncovered_targets(sources) + lone_goldens(sources)
    end

    def uncompiled(sources)
      sources.map(&:path).select { |path| path.end_with?(".c") }
             .reject { |path| COMPILED.any? { |pattern| path =~ pattern } }
             .map { |path| "#{path}: no rule compiles it" }
    end

    def unincluded(sources)
      pattern = /^#\s*include\s+[<"]([^>"]+)/
      named = sources.select(&:c?).flat_map { |source| source.text.scan(pattern).flatten }
      names = named.map { |name| File.basename(name) }
      sources.select { |source| source.path.end_with?(".h") }
             .reject { |source| names.include?(File.basename(source.path)) }
             .map { |source| "#{source.path}: nobody includes it" }
    end

    def unloaded_tests(sources)
      sources.map(&:path).grep(/_test\.rb\z/).reject { |path| path =~ TESTS }
             .map { |path| "#{path}: no runner loads it" }
    end

    # Ruby files and scripts are named by somebody else: required, run, or listed.
    def unused_scripts(sources)
      candidates = sources.select { |source| source.path.end_with?(".rb", ".sh") }
      candidates = candidates.reject do |source|
        FRONT_DOORS.include?(source.path) || source.path =~ RUN_ALL
      end
      candidates.reject { |candidate| named_elsewhere?(candidate, sources) }
                .map { |candidate| "#{candidate.path}: nobody names it" }
    end

    def named_elsewhere?(candidate, sources)
      stem = File.basename(candidate.path, ".*")
      pattern = /(?<![\w-])#{Regexp.escape(stem)}(?![\w-])/
      sources.any? { |other| !other.equal?(candidate) && other.text? && other.text =~ pattern }
    end

    def uncovered_targets(sources)
      paths = sources.map(&:path)
      names = paths.grep(%r{\Alibctrace/fuzz/fuzz_(\w+)\.c}) { Regexp.last_match(1) }
      bare = names.reject { |name| paths.any? { |it| it.start_with?("#{CORPUS}/#{name}/") } }
      bare.map { |name| "libctrace/fuzz/fuzz_#{name}.c: has no corpus" }
    end

    def lone_goldens(sources)
      programs = sources.map(&:path).grep(%r{\Atest/programs/([\w-]+)}) { Regexp.last_match(1) }
      goldens = sources.map(&:path).grep(%r{\Atest/golden/})
      lone = goldens.reject { |path| programs.any? { |it| File.basename(path).start_with?(it) } }
      lone.map { |path| "#{path}: has no program" }
    end
  end
end
