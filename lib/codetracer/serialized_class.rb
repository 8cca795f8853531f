# frozen_string_literal: true

# What CodeTracer.serialize and --serialize say of a class, as the recorders take it.
#
# Used by recorder.rb and RecordingOptions: [class or its name, names of instance variables, whether
# the one of them holds the attributes].
module CodeTracer
  module SerializedClass
    VARIABLE = /\A@[a-zA-Z_\p{^ASCII}][\w\p{^ASCII}]*\z/.freeze
    CONSTANT = /\A[[:upper:]][\w\p{^ASCII}]*(?:::[[:upper:]][\w\p{^ASCII}]*)*\z/.freeze

    module_function

    # Raises TypeError, ArgumentError.
    def check(klass, attributes)
      raise TypeError, "a serializer is for a class" unless Class === klass

      names = attributes.is_a?(Array) ? attributes : [attributes]
      unless !names.empty? && names.all? { |name| name.is_a?(Symbol) && VARIABLE.match?(name) }
        raise ArgumentError, "attributes: is :@variable or [:@one, :@another]"
      end

      [klass, names, !attributes.is_a?(Array)]
    end

    # Of `Account=@attributes` or `Account=[@one,@another]`; nil when it is neither.
    def parse(text)
      name, attributes = text.dup.force_encoding(Encoding::UTF_8).split("=", 2)
      return unless text.valid_encoding? && attributes && CONSTANT.match?(name)

      list = attributes[/\A\[(.*)\]\z/m, 1]
      names = list ? list.split(",", -1) : [attributes]
      return unless !names.empty? && names.all? { |variable| VARIABLE.match?(variable) }

      [name, names.map(&:to_sym), list.nil?]
    end
  end
end
