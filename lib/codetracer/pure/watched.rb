# frozen_string_literal: true

# Global and class variables that --watch names, on the steps where they changed.
#
# Used by Recorder. Mirrors ext/codetracer_recorder/watched.c.
require_relative "core"
require_relative "table"
require_relative "text"
require_relative "value_filter"

module CodeTracer
  module Pure
    class Watched
      OWNERS_MAX = 64 # classes with a variable of that name; those beyond are not shown
      ANCESTORS = Core.take(Module, :ancestors)
      OWN_NAMES = Core.take(Module, :class_variables)
      IS_DEFINED = Core.take(Module, :class_variable_defined?)
      GET = Core.take(Module, :class_variable_get)
      HAS_CONSTANT = Core.take(Module, :const_defined?)
      AUTOLOADED = Core.take(Module, :autoload?)
      CONSTANT = Core.take(Module, :const_get)
      WORD = /\A(?:(?<path>[^.@$]+?)(?:\.|::))?@@(?<name>.+)\z/.freeze

      # One word. `seen` are the names of its variables in the trace, by the class that has it.
      class Word
        attr_reader :text, :name, :variable, :path, :seen

        def initialize(text)
          @text = text
          parts = WORD.match(text)
          @seen = Table.by_identity
          return @name = text[1..-1].b unless parts

          @name, @variable = parts[:name].b, :"@@#{parts[:name]}"
          @path = parts[:path]&.split("::")&.map(&:to_sym)
        end

        # Of a global variable; nil where it was never set.
        def read
          @reader ||= eval("-> { defined?(#{@text}) ? #{@text} : nil }", nil, __FILE__, __LINE__)
          @reader.call
        rescue StandardError
          nil # a getter of an extension
        end
      end

      def initialize(words, trace, values)
        @words = words.map { |text| Word.new(text) }
        @words.each { |word| word.read unless word.variable } # to compile it before it is hooked
        @trace, @values = trace, values
        @shown = {}
      end

      # The text of the Value events of those that changed, where `receiver` is self. hot
      def changes(receiver)
        return "" if @words.empty?

        text = +""
        @words.each { |word| look(word, receiver, text) }
        text
      end

      # What `restore` needs to forget what was shown since.
      def mark
        @words.empty? ? @shown : @shown.dup
      end

      def restore(mark)
        @shown = mark
      end

      # A trace that has shown none of them begins.
      def forget
        @shown = {}
      end

      private

      def look(word, receiver, text)
        action = @values.filter.policy.global(word.name)
        if word.variable
          owner = owner_of(word, receiver)
          show(word, owner, GET.bind_call(owner, word.variable), action, text) if owner
        else
          show(word, nil, word.read, action, text)
        end
      end

      def show(word, owner, value, action, text)
        return @values.filter.learn(value) if action == ValueFilter::DROP

        name = word.seen.get(owner)
        return if name.nil? && word.seen.count_of >= OWNERS_MAX

        name ||= word.seen.put(owner, name_of(word, owner))
        allowed = action == ValueFilter::ALLOW
        json = allowed ? @values.encode(value) : @values.encode_hidden(value, action)
        print = [allowed && Core::ID.bind_call(value), json]
        return if @shown[name] == print

        @shown[name] = print
        id = @trace.name_id(name)
        text << ",\n{\"Value\":{\"variable_id\":#{Text.decimal(id)},\"value\":#{json}}}"
      end

      # The first owner's variable is called as it was written, unless the word names the class.
      def name_of(word, owner)
        is_plain = owner.nil? || word.path || word.seen.count_of.zero?
        is_plain ? word.text : "#{@values.class_names.name_of_class(owner)}.#{word.text}"
      end

      # The topmost of the classes and modules above that has it, as Ruby looks it up.
      def owner_of(word, receiver)
        klass = word.path ? class_at(word.path) : class_of(receiver)
        return unless klass && IS_DEFINED.bind_call(klass, word.variable)

        (ANCESTORS.bind_call(klass).reverse << klass).find do |one|
          OWN_NAMES.bind_call(one, false).include?(word.variable)
        end
      end

      def class_of(receiver)
        return receiver if Core::INSTANCE_OF.bind_call(Module, receiver)

        Core::CLASS_OF.bind_call(receiver)
      end

      # As far as it is loaded.
      def class_at(path)
        path.reduce(Object) do |found, name|
          return unless HAS_CONSTANT.bind_call(found, name, false) &&
                        AUTOLOADED.bind_call(found, name).nil?

          found = CONSTANT.bind_call(found, name, false)
          return unless Core::INSTANCE_OF.bind_call(Module, found)

          found
        end
      end
    end
  end
end
