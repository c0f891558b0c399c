function allowGithubOrganisation(user, context, callback) {
  // Admits only active members of one GitHub organisation, at each login and each refresh.
  const GITHUB_ORGANISATION = __GITHUB_ORGANISATION__;

  // include: membership.js

  // include: profile.js

  withinBudget((signal) => verifiedReader(user, context, signal)).then(
    () => callback(null, user, context),
    (error) => callback(refusal(error)),
  );
}
