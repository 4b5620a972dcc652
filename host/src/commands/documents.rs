//! `completions` and `man`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::CommandFactory;
use clap_complete::{Shell as Generator, generate};
use clap_mangen::Man;
use surprisal_host::Error;

use crate::{
    cli::{Cli, CompletionsArgs, ManArgs, Shell},
    print,
};

pub(crate) fn completions(args: &CompletionsArgs) -> Result<ExitCode, Error> {
    let shell = match args.shell {
        Shell::Bash => Generator::Bash,
        Shell::Elvish => Generator::Elvish,
        Shell::Fish => Generator::Fish,
        Shell::Powershell => Generator::PowerShell,
        Shell::Zsh => Generator::Zsh,
    };
    // Written to memory first: the generator panics where a pipe is closed.
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "surprisal", &mut script);
    print(|output| output.write_all(&script))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn man(args: &ManArgs) -> Result<ExitCode, Error> {
    let mut program = Cli::command();
    program.build();
    let Some(name) = &args.command else {
        print(|output| Man::new(program).render(output))?;
        return Ok(ExitCode::SUCCESS);
    };
    let Some(command) = program.find_subcommand(name) else {
        let _ = writeln!(io::stderr(), "error: there is no command '{name}'");
        return Ok(ExitCode::from(2));
    };
    // Its page is called after both.
    let command = command.clone().name(format!("surprisal-{name}"));
    print(|output| Man::new(command).render(output))?;
    Ok(ExitCode::SUCCESS)
}
