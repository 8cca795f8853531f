# frozen_string_literal: true

# Refused words in the names of files and of identifiers: names that say nothing, and quantities
# whose name does not say what is counted.
#
# A word is a part between underscores (or capitals). Names that others gave are let through.
module Tidy
  module NameRules
    REFUSED = %w[util utils common misc helper helpers manager managers info infos handle handles
                 stuff len num sz].freeze
    # Of the C library, the kernel, Ruby, zstd, cmocka.
    FOREIGN = /\A(?:rb_|RB_|ruby_|RUBY_|RSTRING_|RARRAY_|RHASH_|RSTRUCT_|ZSTD_|
               NUM2|\w+2NUM\z)/x.freeze
    FOREIGN_NAMES = %w[
      dl_phdr_info Dl_info r_info iov_len cmsg_len CMSG_LEN FileUtils handle_interrupt
    ].freeze
    # Of the formats: a field, a file.
    FORMAT_NAMES = /specific_info|STRUCT_INFO|\Atrace_info\z/.freeze
    # A process is a thing here; to process is to do something unnamed.
    VERB = /\Aprocess(?:_(?!id|vm_|count|memory)\w+)?\z/.freeze

    module_function

    def identifiers(source)
      source.identifiers.uniq(&:first).map do |name, line|
        word = refused_word(name)
        "#{line}: #{name} says \"#{word}\"" if word
      end.compact
    end

    def file_name(source)
      stem = File.basename(source.path, ".*")
      word = refused_word(stem)
      word ? ["1: a file named after \"#{word}\""] : []
    end

    def verbs(source)
      source.functions.select { |function| function.name =~ VERB }
            .map { |function| "#{function.line}: #{function.name} does not say what it does" }
    end

    def refused_word(name)
      return if name =~ FOREIGN || name =~ FORMAT_NAMES || FOREIGN_NAMES.include?(name)

      (words(name) & REFUSED).first
    end

    def words(name)
      name.gsub(/([a-z\d])([A-Z])/, '\1_\2').downcase.split("_")
    end
  end
end
