# frozen_string_literal: true

# Rules for C: the size and shape of functions, what is not used here, who may include whom.
#
# Each takes a Source and returns findings ("line: what").
module Tidy
  module CRules
    FUNCTION_LINES_MAX = 70
    PARAMETERS_MAX = 5
    LEVELS_MAX = 3
    INDENT = 4
    # Bytes and their size are one thing.
    SIZE = /\bsize_t \w*(?:size|count|capacity)\s*\z/.freeze

    # What the files of a folder of libctrace/src may include of the others'.
    LAYERS = {
      "base" => [], "io" => %w[base], "container" => %w[io base], "table" => %w[container io base],
      "value" => %w[base], "spool" => %w[base value],
      "trace" => %w[base io container table value spool]
    }.freeze
    # The layer that a public header belongs to, by the first word of its name.
    PUBLIC_LAYERS = {
      "status" => "base", "cores" => "base", "alloc" => "base", "text" => "base", "io" => "io",
      "value" => "value", "spool" => "spool", "trace" => "trace", "timeline" => "trace"
    }.freeze

    VARIABLE = /\A(?:static )?(?:\w+[ *]+)+\w+(?:\[\w*\])*(?: =.*|;)\z/.freeze
    CONSTANT = /\bconst\b|\bextern\b|\A(?:static[ ])?(?:VALUE|ID)\b|
                \A(?:enum|struct|union)[ ]\w+;/x.freeze
    # The recording of this process: the VM's exit hook and pthread_atfork hand no argument on.
    # What Ractors share has no other home either.
    KNOWN_STATE = /\b(?:current_recorder|(?:lanes|secrets)_lock[ ]=[ ]PTHREAD_MUTEX_INITIALIZER|
                       no_lane|asked_of|action_before);/x.freeze
    OUTSIDE_WORLD = /\b(?:v?f?printf|puts|fputs|putchar|perror|exit|_exit|abort|getenv|setenv|
                        signal|sigaction)\s*\(/x.freeze

    module_function

    def function_length(source)
      long = source.functions.select { |function| function.line_count > FUNCTION_LINES_MAX }
      long.map { |function| "#{function.line}: #{function.name} has #{function.line_count} lines" }
    end

    def parameters(source)
      source.functions.map do |function|
        count = parameter_count(function)
        "#{function.line}: #{function.name} takes #{count} parameters" if count > PARAMETERS_MAX
      end.compact
    end

    def parameter_count(function)
      list = function.signature[/#{function.name}\((.*)\)/m, 1].to_s
      list = list.gsub(/\([^()]*\)/, "") while list =~ /\([^()]*\)/
      list = list.sub(/,\s*\.\.\.\s*\z/, "")
      return 0 if list.strip =~ /\A(?:void)?\z/

      list.split(",").each_cons(2).count { |before, it| !(before.include?("*") && it =~ SIZE) } + 1
    end

    # The level of a statement is its indent; only those that open a level are looked at.
    def levels(source)
      source.functions.flat_map do |function|
        function.body.each_with_index.map do |line, index|
          indent = line[/\A( +)(?:\} )?(?:if|for|while|do|switch|else)\b/, 1]
          deep = indent && indent.size / INDENT > LEVELS_MAX
          "#{function.line + index}: #{function.name} nests deeper than #{LEVELS_MAX}" if deep
        end.compact
      end
    end

    def braces(source)
      misplaced = code(source) { |line| "the brace of a function" if line =~ /^\w[^=]*\)\s*\{$/ }
      joined = source.functions.reject { |function| function.signature =~ /^\w+\(/ }
      misplaced + joined.map do |function|
        "#{function.line}: the return type of #{function.name} stands on its own line"
      end
    end

    def refused_words(source)
      code(source) do |line|
        case line
        when /\btypedef\b(?!.*\(\*)/ then "a typedef"
        when /\bgoto (?!cleanup\b)/ then "goto somewhere else than cleanup"
        when %r{(?<!:)//} then "a // comment"
        end
      end
    end

    # Variants live in one file that says so.
    def conditional_code(source)
      return [] if source.path =~ %r{vm_layout|libctrace/src/io/}

      source.functions.flat_map do |function|
        function.body.grep(/^#\s*if/).map { "#{function.line}: #if inside #{function.name}" }
      end
    end

    def state(source)
      return [] unless source.path.start_with?("libctrace/src", "libctrace/tools", "ext/")

      code(source) do |line|
        "a variable at file scope" if line =~ VARIABLE && line !~ CONSTANT && line !~ KNOWN_STATE
      end
    end

    # The library reports to its caller and to nobody else.
    def library_manners(source)
      return [] unless source.path.start_with?("libctrace/src/")
      return [] if source.path.end_with?("base/status.c")

      code(source) { |line| "the library calls #{Regexp.last_match(0)})" if line =~ OUTSIDE_WORLD }
    end

    def includes(source)
      source.lines.each_with_index.map do |line, index|
        next unless line =~ /\A#\s*include\s+([<"])([^>"]+)[>"]/

        why = include_finding(source.path, Regexp.last_match(2))
        "#{index + 1}: includes #{Regexp.last_match(2)}, #{why}" if why
      end.compact
    end

    def include_finding(path, included)
      ruby = included.start_with?("ruby.h", "ruby/")
      return "but Ruby is unknown below ext/" if ruby && path.start_with?("libctrace/")

      case path
      when %r{\Alibctrace/src/(\w+)/} then layer_finding(Regexp.last_match(1), included)
      when %r{\Alibctrace/include/ctrace/([a-z]+)}
        layer_finding(PUBLIC_LAYERS.fetch(Regexp.last_match(1)), included)
      when %r{\A(?:libctrace/tools|ext)/}
        "which is private to the library" if LAYERS.key?(included[%r{\A(\w+)/}, 1])
      end
    end

    def layer_finding(layer, included)
      other = included[%r{\A(\w+)/\w+\.h}, 1]
      # Both ends of the spool draw on this one, values as well as records.
      return if included == "ctrace/spool_format.h"

      other = PUBLIC_LAYERS.fetch(included[%r{/([a-z]+)}, 1]) if other == "ctrace"
      return if other == layer || !LAYERS.key?(other) || LAYERS.fetch(layer).include?(other)

      "but #{layer} may not know #{other}"
    end

    def code(source)
      source.code_lines.each_with_index.map do |line, index|
        finding = yield line
        "#{index + 1}: #{finding}" if finding
      end.compact
    end
  end
end
